#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "cli/nearest.h"
#include "cli/printable.h"

namespace narwhal {

namespace {

constexpr const char* kVersion = "narwhal " NARWHAL_VERSION "\n";

// Where CLI11 puts what it reads; one per parse.
struct Parsed {
  std::optional<std::string> config_file;
  CheckArguments check;
  EnqueueArguments enqueue;
  DeadArguments dead;
  MoldArguments mold;
};

// The library's own words name neither what is wrong with a number nor its range.
CLI::Validator whole_number(std::int64_t min, std::int64_t max) {
  return {[min, max](std::string& text) -> std::string {
            std::int64_t number = 0;
            const char* end = text.data() + text.size();
            const auto [stop, code] = std::from_chars(text.data(), end, number);
            const bool whole = code != std::errc::invalid_argument && stop == end;
            if (whole && code == std::errc{} && number >= min && number <= max) return {};
            return fmt::format("\"{}\" is {} from {} to {}", printable_short(text, 40),
                               whole ? "not" : "no whole number", min, max);
          },
          ""};
}

void add_config_option(CLI::App& app, Parsed& parsed) {
  app.add_option("-c,--config", parsed.config_file,
                 "Configuration file (default: narwhal.toml, then /etc/narwhal/narwhal.toml)")
      ->type_name("FILE");
}

CLI::App* add_command(CLI::App& app, Parsed& parsed, const std::string& name,
                      const std::string& description) {
  CLI::App* command = app.add_subcommand(name, description);
  add_config_option(*command, parsed);
  return command;
}

void add_check(CLI::App& app, Parsed& parsed) {
  CLI::App* check = add_command(app, parsed, "check",
                                "Validate the configuration, showing every mistake at once");
  check->add_flag("--connect", parsed.check.connect,
                  "Also try each broker and load the application");
  check->add_flag("--json", parsed.check.json, "Print JSON");
}

void add_enqueue(CLI::App& app, Parsed& parsed) {
  EnqueueArguments& arguments = parsed.enqueue;
  CLI::App* enqueue = add_command(
      app, parsed, "enqueue", "Enqueue a job and print its id once the broker has confirmed it");
  enqueue->add_option("--queue", arguments.queue, "Queue")
      ->type_name("QUEUE")
      ->capture_default_str();
  enqueue
      ->add_option("--class", arguments.job_class,
                   "Job class; the payload is then built in ActiveJob's form")
      ->type_name("CLASS");
  enqueue
      ->add_option("--args", arguments.args,
                   "Arguments of the job class, a JSON array (default: [])")
      ->type_name("JSON");
  enqueue->add_option("--in", arguments.in, "Run not before this long from now, e.g. 5m")
      ->type_name("DURATION");
  enqueue->add_option("--at", arguments.at, "Run not before this time, e.g. 2030-01-31T09:00:00Z")
      ->type_name("TIME");
  enqueue->add_option("--priority", arguments.priority, "The lower the number, the more urgent")
      ->type_name("N")
      ->check(whole_number(INT32_MIN, INT32_MAX));
  enqueue->add_option("--id", arguments.id, "The job's id (default: a new UUID)")->type_name("ID");
  enqueue
      ->add_option("--broker", arguments.broker,
                   "Number of a [[broker]] of the configuration, from 1, or a URL (default: the "
                   "first that serves the queue)")
      ->type_name("URL|N");
  enqueue->add_flag(
      "--bulk", arguments.bulk,
      "One job for each line of standard input; with --class, each line is an array of arguments");
  enqueue->add_flag("--ids", arguments.ids, "With --bulk: print the ids, not their number");
  enqueue
      ->add_option("PAYLOAD", arguments.payload, "The payload; \"-\" reads it from standard input")
      ->type_name("");
}

void add_dead_broker(CLI::App& app, DeadArguments& arguments) {
  app.add_option("--broker", arguments.broker,
                 "Only this broker: its number in the configuration, from 1, or a URL")
      ->type_name("URL|N");
  app.add_flag("--json", arguments.json, "Print JSON");
}

void add_dead_change(CLI::App& app, DeadArguments& arguments) {
  app.add_flag("--all", arguments.all, "Every dead job");
  app.add_option("--queue", arguments.queue, "With --all: only of this queue")->type_name("QUEUE");
  app.add_option("ID", arguments.ids, "Ids of jobs")->type_name("");
  add_dead_broker(app, arguments);
}

void add_dead(CLI::App& app, Parsed& parsed) {
  DeadArguments& arguments = parsed.dead;
  CLI::App* dead = add_command(app, parsed, "dead", "List, show, retry and delete dead letters");
  dead->require_subcommand(0, 1);
  CLI::App* list = add_command(*dead, parsed, "list", "List dead jobs, the oldest first");
  list->add_option("--queue", arguments.queue, "Only of this queue")->type_name("QUEUE");
  list->add_option("--limit", arguments.limit, "At most this many")
      ->type_name("N")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000'000));
  list->add_flag("--all", arguments.all, "Without limit");
  add_dead_broker(*list, arguments);
  CLI::App* show =
      add_command(*dead, parsed, "show", "Show a dead job with its history and payload");
  show->add_option("ID", arguments.ids, "Id of the job")->type_name("");
  show->add_flag("--payload", arguments.payload, "Write the payload alone, byte for byte");
  add_dead_broker(*show, arguments);
  add_dead_change(*add_command(*dead, parsed, "retry",
                               "Put dead jobs back into their queues, counters at zero"),
                  arguments);
  add_dead_change(*add_command(*dead, parsed, "delete", "Delete dead jobs for good"), arguments);
}

void add_mold(CLI::App& app, Parsed& parsed) {
  CLI::App* mold = app.add_subcommand("mold", "Internal: the fork server");
  mold->group("");  // hidden
  mold->add_option("--fd", parsed.mold.fd, "Socket to the master")->required();
}

void add_all(CLI::App& app, Parsed& parsed) {
  app.allow_extras();  // inherited by every command; what is left over is named with its nearest
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", kVersion, "Print the version");
  add_config_option(app, parsed);
  add_command(app, parsed, "run", "Run the daemon, in the foreground");
  add_check(app, parsed);
  add_enqueue(app, parsed);
  add_dead(app, parsed);
  add_mold(app, parsed);
}

// The command that was given, and the one below it.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? "narwhal"
                                     : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string help(const CLI::App& app) {
  const std::string above = app.get_parent() == nullptr ? "" : full_name(*app.get_parent());
  return app.help(above, CLI::AppFormatMode::Normal);
}

CommandLineEnd usage(const CLI::App& app, const std::string& message) {
  return {ExitCode::usage,
          fmt::format("narwhal: {}\nSee \"{} --help\".\n", message, full_name(app))};
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

CommandLineEnd unknown(const CLI::App& app, std::string word) {
  const bool flag = word.size() > 1 && word.front() == '-';
  if (flag) word = word.substr(0, word.find('='));
  const auto candidates = flag ? flag_names(app) : command_names(app);
  const std::string_view kind = flag ? "option" : candidates.empty() ? "argument" : "command";
  std::string message = fmt::format("unknown {}: {}", kind, printable_short(word, 60));
  if (const auto near = nearest(word, candidates))
    message += fmt::format("; did you mean {}?", *near);
  if (flag && app.get_name() == "enqueue") {
    message += " (before a payload that begins with a dash, write --)";
  }
  return usage(app, message);
}

DeadArguments dead_arguments(const CLI::App& dead, DeadArguments arguments) {
  using Action = DeadArguments::Action;
  const std::string& name = innermost(dead).get_name();
  arguments.action = name == "show"     ? Action::show
                     : name == "retry"  ? Action::retry
                     : name == "delete" ? Action::remove
                                        : Action::list;
  return arguments;
}

// An option for one value that was given more than once, on whichever side of the command; else "".
std::string repeated_option(const CLI::App& app) {
  std::map<std::string, std::size_t> counts;
  for (const CLI::App* at = &innermost(app); at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      if (option->get_items_expected_max() != 1) continue;
      std::string name = option->get_name();
      if ((counts[name] += option->count()) > 1) return name;
    }
  }
  return "";
}

std::variant<CommandLine, CommandLineEnd> to_command_line(const CLI::App& app, Parsed parsed) {
  const CLI::App& last = innermost(app);
  std::vector<std::string> extras = app.remaining(true);
  std::erase(extras, "--");  // CLI11 counts the separator among what it did not understand
  if (!extras.empty()) return unknown(last, extras.front());
  if (const std::string twice = repeated_option(app); !twice.empty()) {
    return usage(last, fmt::format("{} is given more than once", twice));
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty() || last.get_name() == "dead") {
    return usage(last,
                 fmt::format("which command? One of: {}", fmt::join(command_names(last), ", ")));
  }
  CommandLine line;
  line.config_file = std::move(parsed.config_file);
  const std::string& name = chosen.front()->get_name();
  if (name == "check") line.command = parsed.check;
  if (name == "enqueue") line.command = std::move(parsed.enqueue);
  if (name == "dead") line.command = dead_arguments(*chosen.front(), std::move(parsed.dead));
  if (name == "mold") line.command = parsed.mold;
  return line;
}

std::variant<CommandLine, CommandLineEnd> parse(CLI::App& app, int argc, const char* const* argv) {
  Parsed parsed;
  add_all(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    return CommandLineEnd{ExitCode::ok, kVersion};
  } catch (const CLI::CallForHelp&) {
    return CommandLineEnd{ExitCode::ok, help(innermost(app))};
  } catch (const CLI::ParseError& error) {
    if (const std::string twice = repeated_option(app); !twice.empty()) {
      return usage(innermost(app), fmt::format("{} is given more than once", twice));
    }
    return usage(innermost(app), printable(error.what()));
  }
  return to_command_line(app, std::move(parsed));
}

}  // namespace

std::variant<CommandLine, CommandLineEnd> parse_command_line(int argc, const char* const* argv) {
  try {
    CLI::App app{"A prefork daemon that runs background jobs from any broker", "narwhal"};
    return parse(app, argc, argv);
  } catch (const std::exception& error) {
    return CommandLineEnd{ExitCode::internal, fmt::format("narwhal: {}\n", error.what())};
  }
}

}  // namespace narwhal

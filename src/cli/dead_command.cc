#include "cli/dead_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include "cli/broker_choice.h"
#include "cli/command_error.h"
#include "cli/dead_report.h"
#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/queue_list.h"

namespace narwhal {

namespace {

using Action = DeadArguments::Action;

// "Without limit", in a number that no adapter's arithmetic can trip over.
constexpr std::size_t kNoLimit = 1'000'000'000;

struct OpenBroker {
  ChosenBroker broker;
  std::unique_ptr<DeadLetters> letters;
};

// One run of the command over its brokers. A broker that fails is reported and passed over; the
// others are served, and the exit code tells.
class DeadRun {
 public:
  DeadRun(const CliContext& context, const DeadArguments& arguments)
      : context_(context), arguments_(arguments) {}

  ExitCode run(const std::vector<ChosenBroker>& brokers) {
    for (const ChosenBroker& broker : brokers) open(broker);
    several_ = brokers.size() > 1;
    switch (arguments_.action) {
      case Action::list:
        list();
        break;
      case Action::show:
        show();
        break;
      case Action::retry:
      case Action::remove:
        arguments_.all ? change_all() : change_by_id();
        break;
    }
    const ExitCode written = finish_output(*context_.out, *context_.err);
    return code_ != ExitCode::ok ? code_ : written;
  }

 private:
  void fail(const ChosenBroker& broker, const Error& error) {
    code_ = report(*context_.err, broker.without_secrets(error));
  }

  void open(const ChosenBroker& broker) {
    auto letters = broker.type->open_dead_letters(broker.config);
    if (!letters) {
      code_ = report_unreachable(*context_.err, broker.without_secrets(letters.error()));
      return;
    }
    open_.push_back({broker, std::move(*letters)});
  }

  [[nodiscard]] std::string queue() const { return arguments_.queue.value_or(""); }

  void list() {
    const std::size_t limit = arguments_.all ? kNoLimit : arguments_.limit;
    std::vector<DeadRow> rows;
    for (OpenBroker& each : open_) {
      auto found = each.letters->list(queue(), limit - rows.size());
      if (!found) {
        fail(each.broker, found.error());
        continue;
      }
      for (DeadLetter& letter : *found)
        rows.push_back({each.broker.shown_url(), std::move(letter)});
      if (rows.size() >= limit) break;
    }
    print(rows);
    if (rows.size() == limit) {
      *context_.err << fmt::format("narwhal: stopped at {}; --limit and --all show more\n", limit);
    }
  }

  void print(const std::vector<DeadRow>& rows) {
    if (!arguments_.json) {
      // A broker that could not be asked may well have some.
      const std::string none = code_ == ExitCode::ok ? "no dead jobs\n" : "";
      *context_.out << (rows.empty() ? none : dead_table(rows, several_));
      return;
    }
    std::vector<std::string> items;
    items.reserve(rows.size());
    for (const DeadRow& row : rows) items.push_back(dead_json(row, false));
    *context_.out << fmt::format("[{}]\n", fmt::join(items, ",\n"));
  }

  // The broker that has the job; nullptr when none has it.
  OpenBroker* find(const std::string& id, DeadLetter& letter) {
    for (OpenBroker& each : open_) {
      auto found = each.letters->find(id);
      if (found) {
        letter = std::move(*found);
        return &each;
      }
      if (found.error().kind != ErrorKind::not_found) fail(each.broker, found.error());
    }
    return nullptr;
  }

  void not_found(const std::string& id) {
    const ExitCode code = report(*context_.err, ExitCode::data,
                                 fmt::format("no dead job {}", printable_short(id, 80)));
    // That a broker could not be asked weighs more: the job may be there.
    if (code_ == ExitCode::ok) code_ = code;
  }

  void show() {
    const std::string& id = arguments_.ids.front();
    DeadRow row;
    const OpenBroker* holder = find(id, row.letter);
    if (holder == nullptr) return not_found(id);
    row.broker = holder->broker.shown_url();
    if (arguments_.payload) {
      *context_.out << row.letter.payload;
    } else {
      *context_.out << (arguments_.json ? dead_json(row, true) + "\n" : dead_details(row));
    }
  }

  void change_by_id() {
    std::size_t changed = 0;
    for (const std::string& id : arguments_.ids) {
      DeadLetter ignored;
      OpenBroker* holder = find(id, ignored);
      const std::size_t count = holder == nullptr ? 0 : change(*holder, id);
      if (count == 0 && code_ != ExitCode::unavailable) not_found(id);
      changed += count;
    }
    print_changed(changed);
  }

  std::size_t change(OpenBroker& holder, const std::string& id) {
    const auto count = arguments_.action == Action::retry ? holder.letters->retry({id})
                                                          : holder.letters->remove({id});
    if (count) return *count;
    fail(holder.broker, count.error());
    return 0;
  }

  void change_all() {
    std::size_t changed = 0;
    for (OpenBroker& each : open_) {
      const auto count = arguments_.action == Action::retry ? each.letters->retry_all(queue())
                                                            : each.letters->remove_all(queue());
      if (count) {
        changed += *count;
      } else {
        fail(each.broker, count.error());
      }
    }
    print_changed(changed);
  }

  void print_changed(std::size_t count) const {
    const std::string_view done = arguments_.action == Action::retry ? "retried" : "deleted";
    *context_.out << (arguments_.json ? fmt::format("{{\"{}\":{}}}\n", done, count)
                                      : fmt::format("{} {}\n", done, count));
  }

  const CliContext& context_;
  const DeadArguments& arguments_;
  std::vector<OpenBroker> open_;
  bool several_ = false;
  ExitCode code_ = ExitCode::ok;
};

std::optional<std::string> usage_problem(const DeadArguments& arguments) {
  const bool changes = arguments.action == Action::retry || arguments.action == Action::remove;
  if (arguments.action == Action::show && arguments.ids.empty()) return "which job? Give its id";
  if (arguments.action == Action::show && arguments.ids.size() > 1) return "show takes one id";
  const auto& ids = arguments.ids;
  if (std::find(ids.begin(), ids.end(), "") != ids.end()) return "an id is empty";
  if (arguments.payload && arguments.json) return "--payload and --json exclude each other";
  if (changes && arguments.ids.empty() && !arguments.all) return "which jobs? Give ids, or --all";
  if (changes && !arguments.ids.empty() && arguments.all) return "give either ids or --all";
  if (changes && arguments.queue && !arguments.all) return "--queue needs --all";
  if (arguments.queue) return queue_name_problem(*arguments.queue);
  return std::nullopt;
}

}  // namespace

ExitCode run_dead(const CliContext& context, const std::optional<std::string>& config_file,
                  const DeadArguments& arguments) {
  if (const auto problem = usage_problem(arguments)) {
    return report(*context.err, ExitCode::usage, *problem);
  }
  const BrokerChoice choice = choose_brokers(context, config_file, arguments.broker);
  if (choice.failed != ExitCode::ok) return choice.failed;
  return DeadRun{context, arguments}.run(choice.brokers);
}

}  // namespace narwhal

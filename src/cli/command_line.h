// The command line as a value. Knows CLI11 and nothing of what the commands do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exit_code.h"

namespace narwhal {

struct RunArguments {};

struct CheckArguments {
  bool connect = false;
  bool json = false;
};

struct EnqueueArguments {
  std::string queue = "default";
  std::optional<std::string> job_class;
  std::optional<std::string> args;
  std::optional<std::string> in;  // a duration
  std::optional<std::string> at;  // RFC 3339
  std::optional<std::int32_t> priority;
  std::optional<std::string> id;
  std::optional<std::string> broker;   // a URL, or the number of a [[broker]], from 1
  std::optional<std::string> payload;  // "-": standard input
  bool bulk = false;
  bool ids = false;
};

struct DeadArguments {
  enum class Action : std::uint8_t { list, show, retry, remove };
  Action action = Action::list;
  std::vector<std::string> ids;
  std::optional<std::string> queue;
  std::optional<std::string> broker;
  std::size_t limit = 100;
  bool all = false;
  bool json = false;
  bool payload = false;  // show: the raw payload and nothing else
};

// Internal: how the master starts the mold.
struct MoldArguments {
  int fd = -1;
};

struct CommandLine {
  std::optional<std::string> config_file;
  std::variant<RunArguments, CheckArguments, EnqueueArguments, DeadArguments, MoldArguments>
      command;
};

// Nothing is to be run: help, version, or a mistake.
struct CommandLineEnd {
  ExitCode code = ExitCode::ok;
  std::string text;  // for standard output if code is ok, else for standard error
};

std::variant<CommandLine, CommandLineEnd> parse_command_line(int argc, const char* const* argv);

}  // namespace narwhal

#include "runtimes/exec/command_end.h"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtimes/exec/command_line.h"

namespace narwhal::exec {
namespace {

// From sysexits.h, with the meaning that Narwhal's contract gives them.
constexpr int kDataError = 65;
constexpr int kTemporaryFailure = 75;

constexpr const char* kCommandError = "narwhal::CommandError";

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  if (name != nullptr) return std::string{"SIG"} + name;
  return "signal " + std::to_string(signal);  // the real-time ones have no names
}

std::string describe(int status) {
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  return "killed by " + signal_name(WTERMSIG(status)) + (WCOREDUMP(status) ? " (core dumped)" : "");
}

std::string with_last_line(const std::string& text, const OutputTail& errors) {
  const std::string line = errors.last_line();
  return line.empty() ? text : text + ": " + line;
}

// The file may be replaced at this moment, or memory be short: worth another try.
bool is_passing(int number) {
  return number == EAGAIN || number == ENOMEM || number == ENFILE || number == EMFILE ||
         number == ETXTBSY;
}

RunReport report_exec_error(int number, const std::string& file) {
  return {is_passing(number) ? NARWHAL_POSTPONED : NARWHAL_FAILED,
          kCommandError,
          printable("unable to run command: " + file + ": " + explain_exec_error(file, number)),
          {}};
}

RunReport report_soft_timeout(const CommandEnd& end) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(end.soft_timeout);
  const std::string text = "stopped by the soft timeout of " + std::to_string(millis.count()) +
                           " ms: " + describe(end.status);
  return {NARWHAL_FAILED, "narwhal::SoftTimeout", with_last_line(text, end.errors),
          end.errors.text()};
}

narwhal_outcome outcome_of_exit(int code) {
  switch (code) {
    case 0:
      return NARWHAL_DONE;
    case kDataError:
      return NARWHAL_REJECTED;
    case kTemporaryFailure:
      return NARWHAL_POSTPONED;
    default:
      return NARWHAL_FAILED;
  }
}

}  // namespace

RunReport report_end(const CommandEnd& end, const std::string& file) {
  if (end.exec_error != 0) return report_exec_error(end.exec_error, file);
  const bool signaled = WIFSIGNALED(end.status);
  if (signaled && !(end.interrupted && WTERMSIG(end.status) == SIGTERM))
    return {
        NARWHAL_CRASHED,   "narwhal::Signal",    with_last_line(describe(end.status), end.errors),
        end.errors.text(), WTERMSIG(end.status), end.max_rss_kib};
  const narwhal_outcome outcome =
      signaled ? NARWHAL_FAILED : outcome_of_exit(WEXITSTATUS(end.status));
  if (outcome == NARWHAL_DONE) return {};
  if (outcome == NARWHAL_FAILED && end.interrupted) return report_soft_timeout(end);
  return {outcome, "narwhal::ExitStatus", with_last_line(describe(end.status), end.errors),
          end.errors.text()};
}

RunReport command_missing(const Error& error) {
  return {NARWHAL_FAILED, kCommandError, printable(error.text()), {}};
}

RunReport command_not_started(const Error& error) {
  return {NARWHAL_POSTPONED, kCommandError, printable(error.text()), {}};
}

}  // namespace narwhal::exec

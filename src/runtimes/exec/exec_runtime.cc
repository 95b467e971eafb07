#include "runtimes/exec/exec_runtime.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "runtimes/exec/command_end.h"
#include "runtimes/exec/command_line.h"
#include "runtimes/exec/command_process.h"
#include "runtimes/exec/command_run.h"
#include "runtimes/exec/group_guard.h"
#include "runtimes/exec/job_environment.h"

namespace narwhal {
namespace exec {
namespace {

narwhal_text view(const std::string& text) { return {text.data(), text.size()}; }

class ExecRuntime {
 public:
  void configure(ExecSettings settings) { settings_ = std::move(settings); }

  int load(const narwhal_host* host, narwhal_text* error);
  void enter_worker(std::uint32_t slot);
  void execute(const narwhal_job& job, narwhal_result* result);

 private:
  RunReport run(const narwhal_job& job);

  ExecSettings settings_;
  const narwhal_host* host_ = nullptr;
  std::uint32_t slot_ = 0;
  std::string error_;
  RunReport report_;  // what the last result points into
};

// A command that is not there fails the start, as a missing .so does: better than taking jobs off
// their queue only to fail each of them.
int ExecRuntime::load(const narwhal_host* host, narwhal_text* error) {
  host_ = host;
  auto file = find_command(settings_.command, path_variable());
  if (file) return 0;
  error_ = file.error().text();
  *error = view(error_);
  return -1;
}

void ExecRuntime::enter_worker(std::uint32_t slot) {
  slot_ = slot;
  install_group_guard();
}

RunReport ExecRuntime::run(const narwhal_job& job) {
  // Looked up afresh: a deploy may have replaced the command since the last job.
  auto file = find_command(settings_.command, path_variable());
  if (!file) return command_missing(file.error());
  const CommandLine line{std::move(*file), settings_.command, job_environment(environ, job, slot_)};
  auto process = start_command(line, *host_);
  if (!process) return command_not_started(process.error());
  CommandRun run(std::move(*process), *host_, job);
  return report_end(run.to_end(), line.file);
}

void ExecRuntime::execute(const narwhal_job& job, narwhal_result* result) {
  report_ = run(job);
  result->outcome = report_.outcome;
  result->error_class = view(report_.error_class);
  result->message = view(report_.message);
  result->backtrace = view(report_.output);
  result->signal = report_.signal;
  result->max_rss_kib = report_.max_rss_kib;
}

// The one instance that the functions of the C struct, which have no self pointer, speak to.
ExecRuntime& instance() {
  static ExecRuntime runtime;
  return runtime;
}

constexpr narwhal_runtime kExecRuntime = {
    .abi = NARWHAL_RUNTIME_ABI,
    .size = sizeof(narwhal_runtime),
    .name = "exec",
    .version = "1",
    .run = nullptr,
    .load = [](const narwhal_host* host, narwhal_text,
               narwhal_text* error) { return instance().load(host, error); },
    .prepare_fork = nullptr,
    .before_fork = nullptr,
    .fork = nullptr,
    .after_fork =
        [](std::uint32_t slot, narwhal_text*) {
          instance().enter_worker(slot);
          return 0;
        },
    .wait = nullptr,
    .execute = [](const narwhal_job* job,
                  narwhal_result* result) { instance().execute(*job, result); },
    .finish = nullptr,
    .interrupt_signal = 0,  // the soft timeout is kept here, for the command's whole group
    .death_signal = SIGTERM,
};

}  // namespace
}  // namespace exec

const narwhal_runtime* exec_runtime(ExecSettings settings) {
  exec::instance().configure(std::move(settings));
  return &exec::kExecRuntime;
}

}  // namespace narwhal

// The C boundary of an application's .so (runtime.h): turns the host's calls into calls of App and
// Runner, and every exception into an outcome or an error text. Runs in the mold and in the
// workers.

#include "narwhal/runtime.h"

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "narwhal/app.h"
#include "sdk/exception_text.h"
#include "sdk/host_run.h"
#include "sdk/runner.h"

namespace narwhal::sdk {
namespace {

// The functions of the C boundary carry no context, so what they share has to be static: one per
// .so.
struct Process {
  void (*define)(App&) = nullptr;
  const narwhal_host* host = nullptr;
  std::unique_ptr<App> app;
  std::unique_ptr<Runner> runner;
  std::string error;  // the text last handed out
  pid_t pid = 0;      // of the mold or worker; anything else is a child that a job forked
};

Process& process() {
  static Process instance;
  return instance;
}

int report(std::string text, narwhal_text* error) {
  process().error = std::move(text);
  if (error != nullptr) *error = to_text(process().error);
  return -1;
}

// Runs `step`; 0, or -1 with its exception as the error text.
template <typename Step>
int guarded(const char* what, narwhal_text* error, Step step) {
  try {
    step();
    return 0;
  } catch (...) {
    return report(std::string(what) + ": " + exception_line(std::current_exception()), error);
  }
}

int load(const narwhal_host* host, narwhal_text path, narwhal_text* error) {
  if (host->abi != NARWHAL_RUNTIME_ABI || host->size < sizeof(narwhal_host)) {
    return report("unable to load app: the daemon speaks another version of the runtime interface",
                  error);
  }
  Process& here = process();
  here.host = host;
  here.pid = ::getpid();
  const std::string what = "unable to load app: " + to_string(path);
  return guarded(what.c_str(), error, [&] {
    here.app = std::make_unique<App>();
    here.define(*here.app);
    here.runner = std::make_unique<Runner>(*here.app);
  });
}

int prepare_fork(narwhal_text* error) {
  return guarded("prepare_fork hook", error, [] { process().app->run_prepare_fork(); });
}

int before_fork(std::uint32_t, narwhal_text* error) {
  return guarded("before_fork hook", error, [] { process().app->run_before_fork(); });
}

int after_fork(std::uint32_t slot, narwhal_text* error) {
  process().pid = ::getpid();
  return guarded("after_fork hook", error, [&] { process().app->run_after_fork(slot); });
}

std::optional<WallTime> optional_time(std::int64_t micros) {
  if (micros == 0) return std::nullopt;
  return from_unix_micros(micros);
}

RunInput to_input(const narwhal_job& job) {
  RunInput input;
  input.payload = to_view(job.payload);
  input.id = to_view(job.id);
  input.queue = to_view(job.queue);
  input.priority = job.priority;
  input.attempt = job.attempt;
  input.crashes = job.crashes;
  input.enqueued_at = optional_time(job.enqueued_at);
  input.deadline = optional_time(job.deadline);
  return input;
}

void fill_again(const RunAgain& again, narwhal_new_job& out) {
  out = {};
  out.queue = to_text(again.queue);
  out.payload = to_text(again.payload);
  out.run_at = to_unix_micros(again.run_at);
  out.priority = again.priority;
}

void fill_result(const RunOutcome& outcome, narwhal_result& result) {
  result.outcome = outcome.kind;
  result.error_class = to_text(outcome.error_class);
  result.message = to_text(outcome.message);
  result.backtrace = to_text(outcome.backtrace);
  result.job_class = to_text(process().runner->job_class());
  result.leave = 0;
  if (outcome.kind == NARWHAL_RETRIED) fill_again(outcome.again, result.again);
}

void execute(const narwhal_job* job, narwhal_result* result) {
  Process& here = process();
  HostRun host(*here.host);
  HostSink sink(*here.host, here.pid);
  const JobSinkScope scope(sink);
  const RunOutcome& outcome = here.runner->run(to_input(*job), host);
  // A child that the job forked and that came back out of perform() must not go on as a second
  // worker.
  if (::getpid() != here.pid) ::_exit(0);
  std::fflush(stdout);  // what the job printed belongs in the log before its end does
  fill_result(outcome, *result);
}

void finish() {
  narwhal_text error{};
  if (guarded("on_worker_exit hook", &error, [] { process().app->run_worker_exit(); }) != 0) {
    process().host->log(process().host->self, NARWHAL_LOG_ERROR, error);
  }
}

constexpr narwhal_runtime kRuntime = [] {
  narwhal_runtime runtime{};
  runtime.abi = NARWHAL_RUNTIME_ABI;
  runtime.size = sizeof(narwhal_runtime);
  runtime.name = "native";
  runtime.version = NARWHAL_SDK_VERSION;
  runtime.load = &load;
  runtime.prepare_fork = &prepare_fork;
  runtime.before_fork = &before_fork;
  runtime.after_fork = &after_fork;
  runtime.execute = &execute;
  runtime.finish = &finish;
  return runtime;
}();

}  // namespace
}  // namespace narwhal::sdk

const narwhal_runtime* narwhal::detail::runtime(void (*define)(App&)) {
  sdk::process().define = define;
  return &sdk::kRuntime;
}

#include "process/mold.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/proc_title.h"
#include "narwhal/posix_error.h"
#include "process/child_setup.h"
#include "process/worker.h"
#include "runtimes/runtime_loader.h"

namespace narwhal {
namespace {

// Room for a message's own fields beside the payload.
constexpr std::size_t kMessageOverhead = std::size_t{1024} * 1024;

Result<void> apply_environment(const AppConfig& app) {
  for (const auto& [name, value] : app.env) {
    if (::setenv(name.c_str(), value.c_str(), 1) != 0) {
      return posix_error("unable to set environment variable: " + name);
    }
  }
  if (!app.working_directory.empty() && ::chdir(app.working_directory.c_str()) != 0) {
    return posix_error("unable to enter working_directory: " + app.working_directory);
  }
  return {};
}

Error runtime_error(const char* what, narwhal_text text) {
  return Error{ErrorKind::invalid, what, std::string{view(text)}};
}

}  // namespace

int run_mold(int fd) {
  const pid_t master = ::getppid();
  UniqueFd socket{fd};
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || !tie_to_parent(master, SIGKILL)) return 0;
  ::prctl(PR_SET_NAME, "narwhal");
  proc_title::set("narwhal: mold");
  disarm_master_signals();
  MoldMessage first;
  auto read = receive_mold(fd, first, /*wait=*/true);
  auto* load = std::get_if<LoadApp>(&first);
  if (!read || *read != MoldRead::message || load == nullptr) return 0;
  Log log{load->settings.log, Log::Writes::at_once};
  if (auto streams = detach_standard_streams(); !streams) log.warning(streams.error().text());
  return Mold{std::move(socket), std::move(load->settings), log}.run();
}

Mold::Mold(UniqueFd socket, MoldSettings settings, Log& log)
    : socket_(std::move(socket)),
      settings_(std::move(settings)),
      log_(log),
      host_(log, [this] { return serve(); }) {}

int Mold::run() {
  if (auto environment = apply_environment(settings_.app); !environment) {
    tell_master(AppFailed{environment.error().text()});
    return 1;
  }
  auto runtime = load_runtime(settings_.app);
  if (!runtime) {
    tell_master(AppFailed{runtime.error().text()});
    return 1;
  }
  runtime_ = *runtime;
  if (runtime_->run == nullptr) return host_.api().body(host_.api().self);
  std::string name = "narwhal";
  std::array<char*, 2> argv{name.data(), nullptr};
  return runtime_->run(&host_.api(), 1, argv.data());
}

int Mold::serve() {
  if (auto loaded = load_app(); !loaded) {
    tell_master(AppFailed{loaded.error().text()});
    return 1;
  }
  tell_master(AppLoaded{runtime_->interrupt_signal});
  while (true) {
    MoldMessage message;
    auto read = receive_mold(socket_.get(), message, /*wait=*/true);
    if (!read || *read == MoldRead::closed) break;
    auto* request = std::get_if<SpawnWorker>(&message);
    if (*read == MoldRead::nothing || request == nullptr) continue;
    if (auto child = fork_worker(std::move(*request))) return become_worker(std::move(*child));
  }
  // The app's exit handlers belong to the workers: the mold leaves without running them.
  ::_exit(0);
}

Result<void> Mold::load_app() {
  narwhal_text error{};
  if (runtime_->load(&host_.api(), to_text(settings_.app.load), &error) != 0) {
    return runtime_error("unable to load the app", error);
  }
  if (runtime_->prepare_fork != nullptr && runtime_->prepare_fork(&error) != 0) {
    return runtime_error("unable to prepare the app for forking", error);
  }
  return {};
}

pid_t Mold::fork_once() const { return runtime_->fork == nullptr ? ::fork() : runtime_->fork(); }

std::optional<SpawnWorker> Mold::fork_worker(SpawnWorker request) {
  narwhal_text error{};
  if (runtime_->before_fork != nullptr && runtime_->before_fork(request.slot, &error) != 0) {
    report_failure(request.spawn, "before_fork failed: " + std::string{view(error)});
    return std::nullopt;
  }
  const pid_t mold = ::getpid();
  const pid_t middle = fork_once();
  if (middle < 0) {
    report_failure(request.spawn, "unable to fork: " + errno_text(errno));
    return std::nullopt;
  }
  if (middle > 0) {
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    // It leaves with 0 once it has told how the fork went; killed, it may have told nothing.
    if (status != 0) report_failure(request.spawn, "the process that forks it was killed");
    return std::nullopt;
  }
  // In the middle. If the mold is killed while this process is stuck in a fork handler of the app,
  // it must not stay behind.
  if (!tie_to_parent(mold, SIGKILL)) ::_exit(0);
  const pid_t worker = fork_once();
  if (worker == 0) return request;
  if (worker < 0) {
    report_failure(request.spawn, "unable to fork: " + errno_text(errno));
  } else {
    tell_master(WorkerSpawned{request.spawn, worker});
  }
  ::_exit(0);
}

void Mold::report_failure(std::uint64_t spawn, std::string_view what) {
  tell_master(SpawnFailed{spawn, std::string{what}});
}

int Mold::become_worker(SpawnWorker request) {
  const std::uint32_t slot = request.slot;
  proc_title::set("narwhal: worker " + std::to_string(slot));
  socket_.reset();
  const int death_signal = runtime_->death_signal != 0 ? runtime_->death_signal : SIGKILL;
  if (!wait_for_adoption(settings_.master)) ::_exit(0);
  schedule_as_batch();
  auto page = SharedSlotPage::map(request.page);
  request.page.reset();
  if (!page) {
    log_.error(page.error().text(), {{"worker", slot}});
    ::_exit(1);
  }
  Worker worker{*runtime_,
                WorkerChannel{std::move(request.socket), settings_.max_payload + kMessageOverhead},
                std::move(*page), slot, log_};
  host_.attach(worker);
  narwhal_text error{};
  if (runtime_->after_fork != nullptr && runtime_->after_fork(slot, &error) != 0) {
    log_.error("after_fork failed", {{"worker", slot}, {"error", view(error)}});
    ::_exit(1);
  }
  if (!tie_to_parent(settings_.master, death_signal)) ::_exit(0);
  const int status = worker.run();
  // A runtime that brought up an interpreter takes it down in its own order.
  if (runtime_->run != nullptr) return status;
  // Without the exit handlers of libraries loaded in the mold: they may speak to servers on
  // connections that are not this process's.
  ::fflush(nullptr);
  ::_exit(status);
}

void Mold::tell_master(const MoldMessage& message) {
  // Nothing to do when the master is gone: the next read says so.
  (void)send_mold(socket_.get(), message, /*wait=*/true);
}

}  // namespace narwhal

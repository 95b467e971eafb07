#include "bench_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "check.h"
#include "process_usage.h"

namespace narwhal::bench {
namespace {

std::int64_t steady_nanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

void redirect(const char* path, int flags, int descriptor) {
  const int fd = ::open(path, flags, 0600);
  check(fd >= 0 && ::dup2(fd, descriptor) >= 0, "redirect a stream");
}

}  // namespace

const char* name_of(Job job) { return job == Job::abi ? "abi" : "sdk"; }

BenchDaemon::BenchDaemon(const DaemonPlan& plan)
    : workers_(plan.workers),
      counters_(map_counters(directory_.file("counters").c_str(), /*create=*/true)) {
  check(counters_ != nullptr, "map the counters");
  write_config(plan);
  start(plan);
  wait_until([this] { return all_ready(); }, "start the daemon's workers");
  find_processes();
}

BenchDaemon::~BenchDaemon() {
  ::kill(subject_.master, SIGTERM);
  ::waitpid(subject_.master, nullptr, 0);
  ::munmap(counters_, sizeof *counters_);
}

void BenchDaemon::write_config(const DaemonPlan& plan) const {
  std::ofstream out{directory_.file("narwhal.toml")};
  out << "workers = " << plan.workers
      << "\nname = \"bench\"\n[app]\nruntime = \"native\"\nload = \""
      << (plan.job == Job::abi ? NARWHAL_BENCH_RUNTIME : NARWHAL_BENCH_APP) << "\"\nenv = { "
      << kCountersVariable << " = \"" << directory_.file("counters") << "\" }\n[[broker]]\nurl = \""
      << plan.url << "\"\n[log]\nlevel = \"" << plan.log_level << "\"\n"
      << plan.more;
  check(out.flush().good(), "write the configuration");
}

void BenchDaemon::start(const DaemonPlan& plan) {
  const std::string config = directory_.file("narwhal.toml");
  started_at_ = steady_nanoseconds();
  subject_.master = ::fork();
  check(subject_.master >= 0, "fork");
  if (subject_.master == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    place_self(plan.placement);
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    // Lines of level info go nowhere; what is worse than that must be seen.
    if (std::string_view{plan.log_level} == "info") redirect("/dev/null", O_WRONLY, STDERR_FILENO);
    if (!plan.log_file.empty()) {
      redirect(plan.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
    }
    ::execl(NARWHAL_BENCH_BINARY, "narwhal_bench", "run", "-c", config.c_str(), nullptr);
    check(false, "start " NARWHAL_BENCH_BINARY);
  }
  subject_.jobs = [this] { return counters_->jobs(); };
}

bool BenchDaemon::all_ready() const {
  errno = 0;
  check(::waitpid(subject_.master, nullptr, WNOHANG) == 0, "keep the daemon running");
  const auto end = counters_->slots.begin() + workers_;
  return std::all_of(counters_->slots.begin(), end,
                     [](const Counters::Slot& slot) { return slot.ready_at != 0; });
}

void BenchDaemon::find_processes() {
  for (const pid_t child : children(subject_.master)) {
    const std::string name = title(child);
    if (name.starts_with("narwhal: worker")) subject_.workers.push_back(child);
    if (name.starts_with("narwhal: mold")) mold_ = child;
  }
  errno = ESRCH;
  check(subject_.workers.size() == static_cast<std::size_t>(workers_), "find the workers");
}

double BenchDaemon::since_start(std::int64_t nanoseconds) const {
  return static_cast<double>(nanoseconds - started_at_) / 1e9;
}

double BenchDaemon::first_ready_seconds() const {
  std::int64_t first = INT64_MAX;
  for (int i = 0; i < workers_; ++i) {
    first = std::min(first, counters_->slots[static_cast<std::size_t>(i)].ready_at.load());
  }
  return since_start(first);
}

double BenchDaemon::all_ready_seconds() const {
  std::int64_t last = 0;
  for (int i = 0; i < workers_; ++i) {
    last = std::max(last, counters_->slots[static_cast<std::size_t>(i)].ready_at.load());
  }
  return since_start(last);
}

}  // namespace narwhal::bench

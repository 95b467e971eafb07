#include <unistd.h>

#include <chrono>
#include <csignal>

#include "jobs.h"

namespace test_jobs {
namespace {

using std::chrono::steady_clock;

std::string mark(const narwhal::JobBase& job, const std::string& what) {
  return std::string(job.job_id()) + " " + std::to_string(::getpid()) + " " + what;
}

steady_clock::time_point after(int milliseconds) {
  return steady_clock::now() + std::chrono::milliseconds{milliseconds};
}

void spin(int milliseconds) {
  const auto end = after(milliseconds);
  volatile unsigned work = 0;
  while (steady_clock::now() < end) work = work + 1;
}

void hold(const narwhal::JobBase& job, const std::string& file, int most_milliseconds) {
  append_line(file, mark(job, "start"));
  const auto end = after(most_milliseconds);
  while (!job.stopping() && steady_clock::now() < end) sleep_for(5);
  append_line(file, mark(job, job.stopping() ? "stopping" : "timeout"));
}

}  // namespace

void Marker::perform(std::string file, std::optional<int> milliseconds) {
  append_line(file, mark(*this, "start"));
  if (milliseconds) sleep_for(*milliseconds);
  append_line(file, mark(*this, "end"));
}

void NoOp::perform(std::optional<Value>) {}

void Sleep::perform(int milliseconds) { sleep_for(milliseconds); }

void Spin::perform(int milliseconds) { spin(milliseconds); }

void BlockSignalsAndSpin::perform(int milliseconds) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  spin(milliseconds);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

void HoldUntilStopping::perform(std::string file, int most_milliseconds) {
  hold(*this, file, most_milliseconds);
}

void PostponeWhenStopping::perform(std::string file, int most_milliseconds) {
  hold(*this, file, most_milliseconds);
  if (stopping()) throw narwhal::Postpone("asked to stop");
}

}  // namespace test_jobs

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "jobs.h"

namespace test_jobs {
namespace {

std::string try_to_enqueue(const std::string& file) {
  try {
    return "enqueued " + Marker::perform_later(file);
  } catch (const narwhal::EnqueueError& error) {
    return error.what();
  }
}

}  // namespace

void EnqueueMany::perform(std::string file, int count, std::string queue, bool one_by_one) {
  const auto marker = Marker::set({.queue = queue});
  std::vector<narwhal::JobRequest> jobs;
  for (int i = 0; i < count; ++i) {
    if (one_by_one) {
      marker.perform_later(file);
    } else {
      jobs.push_back(marker.job(file));
    }
  }
  narwhal::perform_all_later(std::move(jobs));
}

void EnqueueDelayed::perform(std::string file, int milliseconds) {
  Marker::set({.wait = std::chrono::milliseconds{milliseconds}}).perform_later(file);
}

void EnqueueElsewhere::perform(std::string file, std::string from) {
  if (from == "thread") {
    std::thread([&] { append_line(file, try_to_enqueue(file)); }).join();
    return;
  }
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("unable to fork");
  if (child == 0) {
    append_line(file, try_to_enqueue(file));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

}  // namespace test_jobs

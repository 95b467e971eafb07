// FakeHost: the daemon's side of the C boundary, in one process and without a daemon. Loads an
// application's .so and drives it as a mold and a worker would.
#pragma once

#include <narwhal/runtime.h>

#include <cstdint>
#include <string>
#include <vector>

namespace narwhal::test {

struct Enqueued {
  std::string id, queue, payload;
  std::int64_t run_at = 0;
  std::int32_t priority = 0;
};

struct Outcome {
  narwhal_outcome kind = NARWHAL_DONE;
  std::string error_class, message, backtrace, job_class;
  Enqueued again;
};

class FakeHost {
 public:
  explicit FakeHost(const std::string& library);
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost();

  // Empty, or why there is no runtime: dlopen's or dlsym's words.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const narwhal_runtime* runtime() const { return runtime_; }

  // The steps of a mold and a worker; each returns the error text, empty when all is well.
  std::string load();
  std::string start_worker(std::uint32_t slot);

  Outcome execute(const std::string& payload);
  // A payload in ActiveJob's form.
  Outcome execute(const std::string& job_class, const std::string& arguments);

  // What execute() says of the delivery, what state() answers, and what the application did.
  narwhal_job job{};
  std::uint32_t state = 0;
  bool has_deadline = false;
  std::string refuse_enqueue;  // not empty: enqueue() fails with this text
  std::vector<Enqueued> enqueued;
  std::vector<std::string> log;
  std::vector<std::uint64_t> extensions;

 private:
  static void log_line(void* self, narwhal_log_level level, narwhal_text text);
  static std::uint32_t get_state(void* self);
  static int extend(void* self, std::uint64_t milliseconds);
  static int enqueue(void* self, const narwhal_new_job* jobs, std::size_t count,
                     narwhal_text* error);

  void* library_ = nullptr;
  std::string problem_;
  const narwhal_runtime* runtime_ = nullptr;
  narwhal_host host_{};
};

std::string envelope(const std::string& job_class, const std::string& arguments);

}  // namespace narwhal::test

// Runs jobs through the exec runtime as a worker would, with a host that only remembers what it was
// told. The runtime installs its signal handling in the test process, which plays the worker.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "narwhal/runtime.h"
#include "runtimes/exec/exec_runtime.h"

namespace narwhal::test {

struct Outcome {
  int outcome = -1;
  std::string error_class;
  std::string message;
  std::string output;
};

struct Job {
  std::string payload;
  std::string id = "job-1";
  std::string queue = "default";
  std::int64_t enqueued_at = 0;
  std::int64_t deadline = 0;
  std::uint32_t attempt = 1;
  std::uint32_t crashes = 0;
  std::uint32_t soft_timeout_ms = 0;
};

// True as soon as `condition` holds; false when it does not within ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return condition();
}

inline std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// A zombie counts as gone: it runs nothing any more.
inline bool alive(pid_t pid) {
  const std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(") ");
  return name_end != std::string::npos && stat[name_end + 2] != 'Z';
}

// The group is told from the forked child, so it is kept in shared memory, as the real host does.
class FakeHost {
 public:
  FakeHost()
      : groups_(static_cast<Groups*>(::mmap(nullptr, sizeof(Groups), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    host_.abi = NARWHAL_RUNTIME_ABI;
    host_.size = sizeof host_;
    host_.self = groups_;
    host_.set_process_group = [](void* self, pid_t group) {
      static_cast<Groups*>(self)->now = group;
      if (group != 0) static_cast<Groups*>(self)->last = group;
    };
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() { ::munmap(groups_, sizeof(Groups)); }

  [[nodiscard]] const narwhal_host* host() const { return &host_; }
  [[nodiscard]] pid_t group() const { return groups_->now; }
  [[nodiscard]] pid_t last_group() const { return groups_->last; }

 private:
  struct Groups {
    std::atomic<pid_t> now;
    std::atomic<pid_t> last;
  };
  Groups* groups_;
  narwhal_host host_{};
};

class ExecTest : public ::testing::Test {
 protected:
  ExecTest() : directory_(make_directory()) {}
  ~ExecTest() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }

  std::string write_file(const std::string& name, const std::string& text, bool executable) const {
    std::ofstream(path(name), std::ios::binary) << text;
    if (executable) std::filesystem::permissions(path(name), std::filesystem::perms{0755});
    return path(name);
  }

  Outcome run(const std::vector<std::string>& command, const Job& job = {}) {
    return run_loaded(load(command), job);
  }
  Outcome shell(const std::string& script, const Job& job = {}) {
    return run({"/bin/sh", "-c", script}, job);
  }

  const narwhal_runtime* load(const std::vector<std::string>& command) {
    const narwhal_runtime* runtime = exec_runtime({command});
    narwhal_text error{};
    EXPECT_EQ(runtime->load(host_.host(), {}, &error), 0) << std::string(error.data, error.size);
    EXPECT_EQ(runtime->after_fork(3, &error), 0);
    return runtime;
  }

  static Outcome run_loaded(const narwhal_runtime* runtime, const Job& job) {
    const narwhal_job raw = {.id = text(job.id),
                             .queue = text(job.queue),
                             .payload = text(job.payload),
                             .enqueued_at = job.enqueued_at,
                             .deadline = job.deadline,
                             .attempt = job.attempt,
                             .crashes = job.crashes,
                             .priority = 0,
                             .soft_timeout_ms = job.soft_timeout_ms};
    narwhal_result result{};
    result.size = sizeof result;
    runtime->execute(&raw, &result);
    return {result.outcome, string(result.error_class), string(result.message),
            string(result.backtrace)};
  }

  FakeHost host_;

 private:
  static std::filesystem::path make_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "narwhal-exec-XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  static narwhal_text text(const std::string& value) { return {value.data(), value.size()}; }
  static std::string string(narwhal_text value) {
    return value.size > 0 ? std::string(value.data, value.size) : std::string{};
  }

  std::filesystem::path directory_;
};

}  // namespace narwhal::test

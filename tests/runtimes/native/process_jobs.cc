#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <list>
#include <stdexcept>

#include "jobs.h"

namespace test_jobs {
namespace {

[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

std::list<std::string>& kept_memory() {
  static std::list<std::string> kept;
  return kept;
}

[[noreturn]] void throw_out() { throw std::runtime_error("out of a noexcept function"); }

pid_t checked_fork() {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("unable to fork");
  return child;
}

}  // namespace

// Without the check of the sanitizers, which would end the process in another way.
[[gnu::no_sanitize("undefined")]] void Segv::perform() {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}

void Abort::perform() { std::abort(); }

void Terminate::perform() {
  []() noexcept { throw_out(); }();
}

void StackOverflow::perform() {
  if (recurse(0) == 1) throw std::logic_error("not reached");
}

void Exit::perform(std::string how, int status) {
  if (how == "exit") std::exit(status);
  if (how == "quick_exit") std::quick_exit(status);
  if (how == "_exit") ::_exit(status);
  throw std::invalid_argument("no such way: " + how);
}

void KillSelf::perform(int signal) { ::raise(signal); }

void Alloc::perform(int mebibytes, bool keep) {
  for (int i = 0; i < mebibytes; ++i) kept_memory().emplace_back(std::size_t{1} << 20, 'x');
  if (!keep) kept_memory().clear();
}

void ForkAndReturn::perform(std::string file) {
  const pid_t child = checked_fork();
  append_line(file, std::string(job_id()) + (child == 0 ? " child" : " parent"));
  if (child > 0) ::waitpid(child, nullptr, 0);
}

void LeaveChild::perform(int milliseconds) {
  if (checked_fork() > 0) return;
  sleep_for(milliseconds);
  ::_exit(0);
}

void CloseDescriptors::perform(int first) {
  for (int fd = first; fd < 1024; ++fd) ::close(fd);
}

void ListDescriptors::perform(std::string file) {
  namespace fs = std::filesystem;
  Value::Object open;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    open.push_back({entry.path().filename().string(), fs::read_symlink(entry, ignored).string()});
  }
  append_line(file, Value(open).to_json());
}

}  // namespace test_jobs

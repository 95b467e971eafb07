#include <unistd.h>

#include <chrono>
#include <new>
#include <stdexcept>

#include "jobs.h"

namespace test_jobs {
namespace {

using namespace std::chrono_literals;

struct Custom {};

struct TryLater : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void throw_nested() {
  try {
    throw std::invalid_argument("the inner reason");
  } catch (...) {
    std::throw_with_nested(std::runtime_error("the outer reason"));
  }
}

}  // namespace

void Fail::perform(std::string message) { throw std::runtime_error(message); }

void FailTimes::perform(std::string file, int times) {
  const std::string mark = std::string(job_id()) + " " + std::to_string(::getpid());
  if (count_lines(file, std::string(job_id())) < times) {
    append_line(file, mark + " fail");
    throw std::runtime_error("failing on purpose");
  }
  append_line(file, mark + " done");
}

void RetryTimes::configure(JobOptions<RetryTimes>& options) {
  options.retry_on<TryLater>({.attempts = 5, .wait = 100ms, .jitter = 0.0});
}

void RetryTimes::perform(std::string file, int times) {
  const bool fails = executions() <= times;
  append_line(file, std::string(job_id()) + " execution " + std::to_string(executions()) +
                        (fails ? " fail" : " done"));
  if (fails) throw TryLater("not yet");
}

void Discarded::configure(JobOptions<Discarded>& options) {
  options.discard_on<std::logic_error>();
}

void Discarded::perform(std::string file) {
  append_line(file, std::string(job_id()) + " run");
  throw std::out_of_range("not worth keeping");
}

void Throw::perform(std::string kind) {
  if (kind == "int") throw 42;
  if (kind == "text") throw "plain text";
  if (kind == "string") throw std::string("a string");
  if (kind == "custom") throw Custom{};
  if (kind == "nested") throw_nested();
  if (kind == "bytes") throw std::runtime_error("bad \xff\xfe bytes \xed\xa0\xbd");
  if (kind == "huge") throw std::runtime_error(std::string(5 * 1024 * 1024, 'x'));
  if (kind == "bad_alloc") throw std::bad_alloc();
  if (kind == "argument") throw narwhal::ArgumentError("not this");
  if (kind == "postpone") throw narwhal::Postpone("not now");
  throw std::invalid_argument("no such kind: " + kind);
}

}  // namespace test_jobs

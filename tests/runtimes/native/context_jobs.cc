#include <unistd.h>

#include <chrono>

#include "jobs.h"

namespace test_jobs {
namespace {

Value micros(const std::optional<narwhal::WallTime>& time) {
  return time ? Value(narwhal::to_unix_micros(*time)) : Value();
}

}  // namespace

void Echo::perform(std::string file, Value value) { append_line(file, value.to_json()); }

void AllTypes::perform(std::string file, bool flag, std::int64_t number, std::uint64_t large,
                       double real, std::string text, std::vector<int> list,
                       std::map<std::string, int> table, Size size,
                       std::optional<std::string> maybe) {
  Value::Array elements(list.begin(), list.end());
  Value::Object members;
  for (const auto& [key, entry] : table) members.push_back({key, entry});
  const Value all = Value::Array{flag,
                                 number,
                                 large,
                                 real,
                                 text,
                                 elements,
                                 members,
                                 size.width,
                                 size.height,
                                 size.unit ? Value(*size.unit) : Value(),
                                 maybe ? Value(*maybe) : Value()};
  append_line(file, all.to_json());
}

void Context::perform(std::string file) {
  const Value context = Value::Object{{"job_id", job_id()},
                                      {"queue_name", queue_name()},
                                      {"priority", priority()},
                                      {"executions", executions()},
                                      {"attempt", attempt()},
                                      {"crashes", crashes()},
                                      {"enqueued_at", micros(enqueued_at())},
                                      {"deadline", micros(deadline())},
                                      {"arguments", arguments()},
                                      {"pid", ::getpid()}};
  append_line(file, context.to_json());
}

void HookProbe::perform(std::string file) { append_line(file, hook_report()); }

void ExtendDeadline::perform(std::string file, int milliseconds, int step) {
  for (int spent = 0; spent < milliseconds; spent += step / 2) {
    if (!extend_deadline(std::chrono::milliseconds{step})) {
      append_line(file, std::string(job_id()) + " no deadline");
      return;
    }
    sleep_for(step / 2);
  }
  append_line(file, std::string(job_id()) + " done");
}

}  // namespace test_jobs

#include "sdk/runner.h"

#include <random>

#include "sdk/exception_text.h"
#include "sdk/utf8.h"

namespace narwhal::sdk {
namespace {

constexpr std::size_t kClassesListed = 20;
constexpr std::size_t kNameShown = 100;

// Seeded for each use: a seed taken before the fork would be the same in every worker.
double random_spread() {
  std::random_device device;
  return std::uniform_real_distribution<double>(0.0, 1.0)(device);
}

// Adds one run to the rule's counter in `counters` and returns the sum.
int count_run(Value& counters, const std::string& key) {
  auto& object = *counters.get_if<Value::Object>();
  for (auto& [name, value] : object) {
    if (name != key) continue;
    const auto* before = value.get_if<std::int64_t>();
    const std::int64_t runs = before != nullptr && *before > 0 ? *before : 0;
    value = std::min<std::int64_t>(runs, INT_MAX - 1) + 1;
    return static_cast<int>(*value.get_if<std::int64_t>());
  }
  object.push_back({key, 1});
  return 1;
}

std::optional<WallTime> enqueued_at(const RunInput& input, const Envelope& envelope) {
  if (input.enqueued_at) return input.enqueued_at;
  const auto time = parse_time(envelope.enqueued_at);
  if (!time) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::microseconds>(*time);
}

bool is_postpone(const std::exception_ptr& error) { return detail::matches<Postpone>(error); }

}  // namespace

const RunOutcome& Runner::run(const RunInput& input, RunHost& host) {
  outcome_ = RunOutcome();
  try {
    read_and_perform(input, host);
  } catch (...) {
    out_of_memory();
  }
  envelope_.release();
  return outcome_;
}

void Runner::read_and_perform(const RunInput& input, RunHost& host) {
  if (const auto read = envelope_.read(input.payload); !read) {
    envelope_.job_class.clear();
    reject(read.error().text());
  } else if (const detail::JobClass* job_class = app_.find(envelope_.job_class)) {
    host.set_job_class(job_class->name);
    perform(*job_class, input, host);
  } else {
    postpone_unknown_class();
  }
}

// All that can be thrown between the application's code and ours. Says so without allocating.
void Runner::out_of_memory() {
  outcome_ = RunOutcome();
  outcome_.kind = NARWHAL_FAILED;
  outcome_.error_class = "std::bad_alloc";
  outcome_.message = "out of memory";
}

void Runner::reject(const std::string& problem) {
  outcome_.kind = NARWHAL_REJECTED;
  outcome_.error_class = "narwhal::MalformedPayload";
  outcome_.message = problem;
}

// Not a failure of the job: in a rolling deploy new jobs reach old code.
void Runner::postpone_unknown_class() {
  outcome_.kind = NARWHAL_POSTPONED;
  outcome_.error_class = "narwhal::UnknownJobClass";
  envelope_.job_class = truncate(envelope_.job_class, kNameShown);
  outcome_.message = "unknown job class \"" + envelope_.job_class + "\"; this app has " +
                     app_.class_list(kClassesListed);
}

void Runner::perform(const detail::JobClass& job_class, const RunInput& input, RunHost& host) {
  Run run;
  run.host = &host;
  run.job_id = envelope_.job_id.empty() ? input.id : std::string_view(envelope_.job_id);
  run.queue_name = input.queue.empty() ? std::string_view(envelope_.queue_name) : input.queue;
  run.priority = envelope_.priority.value_or(input.priority);
  run.executions = std::min(envelope_.executions, INT_MAX - 1) + 1;
  run.attempt = input.attempt;
  run.crashes = input.crashes;
  run.enqueued_at = enqueued_at(input, envelope_);
  run.deadline = input.deadline;
  run.arguments = &envelope_.arguments;
  try {
    job_class.perform(job_class, run);
  } catch (...) {
    outcome_.error = std::current_exception();
  }
  if (outcome_.error != nullptr) settle(job_class, input);
}

// The rules run code of the application too (a wait function, after_discard): what that throws is
// then the failure.
void Runner::settle(const detail::JobClass& job_class, const RunInput& input) {
  try {
    apply_rules(job_class, input);
  } catch (...) {
    outcome_.error = std::current_exception();
    describe(NARWHAL_FAILED);
  }
}

void Runner::apply_rules(const detail::JobClass& job_class, const RunInput& input) {
  if (is_postpone(outcome_.error)) return describe(NARWHAL_POSTPONED);
  for (auto rule = job_class.rules.rbegin(); rule != job_class.rules.rend(); ++rule) {
    if (!rule->matches(outcome_.error)) continue;
    if (!rule->retry) {
      for (const auto& callback : job_class.after_discard) callback(outcome_.error);
      return describe(NARWHAL_DISCARDED);
    }
    return retry(*rule, input);
  }
  describe(NARWHAL_FAILED);
}

void Runner::retry(const detail::ExceptionRule& rule, const RunInput& input) {
  const RetryRule& retry = *rule.retry;
  EnvelopeChanges changes;
  changes.exception_executions = envelope_.exception_executions();
  const int count = count_run(changes.exception_executions, rule.key);
  if (retry.attempts != unlimited && count >= retry.attempts) return describe(NARWHAL_FAILED);

  changes.executions = std::min(envelope_.executions, INT_MAX - 1) + 1;
  changes.queue = retry.queue;
  changes.priority = retry.priority;
  changes.enqueued_at = std::chrono::system_clock::now();
  changes.scheduled_at =
      changes.enqueued_at + retry.wait.delay(count, retry.jitter, random_spread());
  outcome_.again.payload = envelope_.rewritten(changes);
  outcome_.again.queue = retry.queue.empty() ? std::string(input.queue) : retry.queue;
  outcome_.again.priority = retry.priority.value_or(input.priority);
  outcome_.again.run_at = std::chrono::ceil<std::chrono::microseconds>(changes.scheduled_at);
  describe(NARWHAL_RETRIED);
}

void Runner::describe(narwhal_outcome kind) {
  ExceptionText text = describe_exception(outcome_.error);
  outcome_.kind = kind;
  outcome_.error_class = std::move(text.type);
  outcome_.message = std::move(text.message);
  outcome_.backtrace = std::move(text.causes);
}

}  // namespace narwhal::sdk

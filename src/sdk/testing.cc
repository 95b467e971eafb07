#include "narwhal/testing.h"

#include <cstdio>
#include <stdexcept>

#include "sdk/runner.h"

namespace narwhal::testing {
namespace {

constexpr int kMostRuns = 100;      // of one job, against a retry without end
constexpr int kMostJobs = 100'000;  // of one recorder, against jobs that enqueue themselves

class TestHost final : public RunHost {
 public:
  explicit TestHost(const Conditions& conditions) : conditions_(conditions) {}

  void log(LogLevel, std::string_view text) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  }
  [[nodiscard]] bool stopping() const override {
    return conditions_.stopping || conditions_.cancelled;
  }
  [[nodiscard]] bool cancelled() const override { return conditions_.cancelled; }
  bool extend_deadline(std::chrono::milliseconds) override { return false; }
  void set_job_class(std::string_view) override {}

 private:
  const Conditions& conditions_;
};

// Runs one job until it no longer asks to be run again.
void run_to_end(const JobRequest& request, const Conditions& conditions) {
  App app;
  app.add(*request.job_class);
  sdk::Runner runner(app);
  TestHost host(conditions);
  sdk::RunInput input;
  std::string payload = sdk::make_payload(request, std::chrono::system_clock::now());
  std::string queue = request.queue;
  input.id = request.id;
  input.priority = request.priority.value_or(0);
  input.attempt = conditions.attempt;
  input.crashes = conditions.crashes;
  for (int run = 0; run < kMostRuns; ++run) {
    input.payload = payload;
    input.queue = queue;
    const sdk::RunOutcome& outcome = runner.run(input, host);
    if (outcome.kind == NARWHAL_DONE || outcome.kind == NARWHAL_DISCARDED) return;
    if (outcome.kind != NARWHAL_RETRIED) std::rethrow_exception(outcome.error);
    payload = outcome.again.payload;
    queue = outcome.again.queue;
    input.priority = outcome.again.priority;
  }
  throw std::runtime_error(request.job_class->name + " still asks for a retry after " +
                           std::to_string(kMostRuns) + " runs");
}

}  // namespace

void Inline::store(const std::vector<JobRequest>& requests) {
  for (const JobRequest& request : requests) run_to_end(request, conditions_);
}

void Recorder::store(const std::vector<JobRequest>& requests) {
  jobs_.insert(jobs_.end(), requests.begin(), requests.end());
}

int Recorder::perform_enqueued_jobs() {
  for (int performed = 0; performed < kMostJobs; ++performed) {
    if (jobs_.empty()) return performed;
    const JobRequest request = std::move(jobs_.front());
    jobs_.pop_front();
    run_to_end(request, conditions_);
  }
  throw std::runtime_error("jobs still enqueue jobs after " + std::to_string(kMostJobs));
}

}  // namespace narwhal::testing

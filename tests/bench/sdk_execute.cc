// What the framework itself costs a job: a payload of about 300 bytes in ActiveJob's form, read,
// dispatched, decoded and performed by a job that does nothing. Prints nanoseconds per job.
#include <narwhal/app.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "sdk/runner.h"

namespace {

using std::chrono::steady_clock;

struct NoOp : narwhal::Job<NoOp> {
  void perform(const std::string&, int) {}
};

class QuietHost final : public narwhal::RunHost {
 public:
  void log(narwhal::LogLevel, std::string_view) override {}
  [[nodiscard]] bool stopping() const override { return false; }
  [[nodiscard]] bool cancelled() const override { return false; }
  bool extend_deadline(std::chrono::milliseconds) override { return false; }
  void set_job_class(std::string_view) override {}
};

const std::string kPayload =
    R"({"job_class":"NoOp","job_id":"0191f3a0-7a1c-7000-8000-0123456789ab","provider_job_id":null,)"
    R"("queue_name":"default","priority":null,"arguments":["someone@example.com",42],"executions":0,)"
    R"("exception_executions":{},"locale":"en","timezone":"UTC",)"
    R"("enqueued_at":"2026-01-02T03:04:05.678901234Z","scheduled_at":null})";

double nanoseconds_per_job(narwhal::sdk::Runner& runner, int jobs) {
  QuietHost host;
  narwhal::sdk::RunInput input;
  input.payload = kPayload;
  const auto begin = steady_clock::now();
  for (int i = 0; i < jobs; ++i) {
    if (runner.run(input, host).kind != NARWHAL_DONE) std::abort();
  }
  const std::chrono::duration<double, std::nano> spent = steady_clock::now() - begin;
  return spent.count() / jobs;
}

}  // namespace

int main() {
  narwhal::App app;
  app.add<NoOp>();
  narwhal::sdk::Runner runner(app);
  std::vector<double> rounds;
  for (int i = 0; i < 7; ++i) rounds.push_back(nanoseconds_per_job(runner, 100'000));
  std::sort(rounds.begin(), rounds.end());
  std::printf("sdk_execute: %zu byte payload, ns/job: median %.0f, best %.0f, worst %.0f\n",
              kPayload.size(), rounds[rounds.size() / 2], rounds.front(), rounds.back());
}

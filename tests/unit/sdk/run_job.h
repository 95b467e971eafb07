// Runs job classes for tests without a worker: a host that remembers, and a runner around an App.
#pragma once

#include <string>
#include <vector>

#include "narwhal/app.h"
#include "sdk/runner.h"

namespace narwhal::test {

class RecordingHost final : public RunHost {
 public:
  void log(LogLevel, std::string_view text) override { lines.emplace_back(text); }
  [[nodiscard]] bool stopping() const override { return stop; }
  [[nodiscard]] bool cancelled() const override { return cancel; }
  bool extend_deadline(std::chrono::milliseconds) override { return deadline; }
  void set_job_class(std::string_view) override {}

  bool stop = false;
  bool cancel = false;
  bool deadline = false;
  std::vector<std::string> lines;
};

// A payload in ActiveJob's form; `rest` replaces the members after the arguments.
inline std::string payload(const std::string& job_class, const std::string& arguments,
                           const std::string& rest =
                               R"("executions":0,"exception_executions":{},"locale":"en",)"
                               R"("timezone":"UTC","enqueued_at":null,"scheduled_at":null)") {
  return R"({"job_class":")" + job_class +
         R"(","job_id":"id-1","provider_job_id":null,"queue_name":"default","priority":null,)"
         R"("arguments":)" +
         arguments + "," + rest + "}";
}

template <typename... T>
class JobRunner {
 public:
  JobRunner() { app_.template add<T...>(); }

  const sdk::RunOutcome& run(const std::string& text) {
    payload_ = text;
    sdk::RunInput input;
    input.payload = payload_;
    input.id = "delivery-1";
    input.queue = "default";
    return runner_.run(input, host);
  }
  const sdk::RunOutcome& run(const std::string& job_class, const std::string& arguments) {
    return run(payload(job_class, arguments));
  }

  RecordingHost host;

 private:
  App app_;
  sdk::Runner runner_{app_};
  std::string payload_;
};

}  // namespace narwhal::test

#include "kafka_case.h"

namespace narwhal::test {

void KafkaCase::put_numbered(int count, const std::string& queue, std::optional<std::string> key) {
  for (int i = 0; i < count; ++i) {
    topics.put(queue, {.payload = std::to_string(i), .key = key, .headers = {}});
  }
}

Verdict retry_verdict(Duration delay, std::uint32_t attempts) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.delay = delay;
  verdict.counters.attempts = attempts;
  verdict.history = "[]";
  return verdict;
}

std::vector<std::string> payloads(const std::vector<Delivery>& jobs) {
  std::vector<std::string> texts;
  for (const auto& job : jobs) texts.push_back(job.payload);
  return texts;
}

}  // namespace narwhal::test

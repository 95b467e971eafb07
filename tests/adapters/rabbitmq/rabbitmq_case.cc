#include "rabbitmq_case.h"

namespace narwhal::test {

Verdict retry_verdict(Duration delay, std::uint32_t attempts) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.delay = delay;
  verdict.counters.attempts = attempts;
  verdict.history = "[]";
  return verdict;
}

Verdict bury_verdict(const std::string& reason) {
  Verdict verdict;
  verdict.action = Verdict::Action::bury;
  verdict.reason = reason;
  return verdict;
}

std::vector<std::string> payloads(const std::vector<Delivery>& jobs) {
  std::vector<std::string> texts;
  for (const auto& job : jobs) texts.push_back(job.payload);
  return texts;
}

}  // namespace narwhal::test

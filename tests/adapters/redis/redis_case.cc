#include "redis_case.h"

namespace narwhal::test {

Verdict retry_verdict(Duration delay, std::uint32_t attempts) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.counters.attempts = attempts;
  verdict.delay = delay;
  verdict.history =
      R"([{"outcome":"failed","error_class":"Boom","message":"no \"luck\"","backtrace":"a:1\nb:2"}])";
  return verdict;
}

Verdict bury_verdict(const std::string& reason) {
  Verdict verdict = retry_verdict(Duration{0}, 25);
  verdict.action = Verdict::Action::bury;
  verdict.reason = reason;
  return verdict;
}

}  // namespace narwhal::test

#include "supply.h"

namespace narwhal::redis {
namespace {

// How soon delayed jobs are looked for while the queues never run dry.
constexpr Duration kBusyLook = std::chrono::milliseconds{250};

}  // namespace

void Supply::reset() {
  dry_ = false;
  look_at_ = TimePoint{};
}

void Supply::heard() {
  ++news_;
  dry_ = false;
}

void Supply::fetched(const TurnReply& turn, TimePoint now, Duration idle_look) {
  dry_ = turn.all_empty && news_when_sent_ == news_;
  const Duration most = dry_ ? idle_look : kBusyLook;
  const TimePoint latest = most == Duration::max() ? kNever : now + most;
  const TimePoint next = turn.looked ? (turn.wait ? now + *turn.wait : kNever) : look_at_;
  look_at_ = std::min(next, latest);
}

}  // namespace narwhal::redis

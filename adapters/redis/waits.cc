#include "waits.h"

#include <algorithm>

namespace narwhal::redis {
namespace {

// One connection each; with more queues the master is told of jobs and fetches them.
constexpr std::size_t kMostWaits = 16;

// A wait is over by then, so that its line is known to live, and what a consumer that died has left
// waiting takes no job for long (see orphans_script()).
constexpr Duration kLongestWait = std::chrono::seconds{60};

std::int64_t whole_seconds(Duration wait) {
  const Duration most = std::clamp<Duration>(wait, std::chrono::seconds{1}, kLongestWait);
  return std::chrono::ceil<std::chrono::seconds>(most).count();
}

Result<void> ignore(ReplyPtr) { return {}; }

}  // namespace

Waits::Waits(std::vector<Way> ways, std::string end, Duration longest)
    : ways_(std::move(ways)), end_(std::move(end)), seconds_(whole_seconds(longest)) {}

Result<void> Waits::start(Dialer& dialer, Fence& fence, TimePoint now) {
  stop();
  if (ways_.size() > kMostWaits) return {};
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    auto made = dialer.again(now);
    if (!made.ok()) return made.error();
    (*made)->add_patience(std::chrono::seconds{seconds_});
    waits_.push_back({std::move(*made)});
    fence.add(*waits_[i].connection, [this, i](std::int64_t client) { waits_[i].client = client; });
    ask_leave(i);
  }
  return {};
}

void Waits::stop() {
  waits_.clear();
  arrivals_.clear();
  refused_ = false;
}

std::size_t Waits::blocked() const {
  return static_cast<std::size_t>(
      std::count_if(waits_.begin(), waits_.end(), [](const Wait& each) { return each.blocked; }));
}

// Who may not end a wait must not begin one.
void Waits::ask_leave(std::size_t index) {
  unblock_client(*waits_[index].connection, 0, [this](ReplyPtr reply) -> Result<void> {
    if (is_error(*reply)) refuse("CLIENT UNBLOCK", text(*reply));
    return {};
  });
}

void Waits::refuse(std::string_view command, std::string_view reason) {
  if (std::exchange(refused_, true)) return;
  notice_ = "the server refuses " + std::string(command) + " (" + std::string(reason) +
            "); jobs are fetched once they are told of";
}

void Waits::arm() {
  if (!usable()) return;
  for (std::size_t i = 0; i < waits_.size(); ++i) {
    if (!waits_[i].blocked) wait(i);
  }
}

void Waits::wait(std::size_t index) {
  waits_[index].blocked = true;
  waits_[index].releasing = false;
  waits_[index]
      .connection->request(6, [this, index](ReplyPtr reply) { return ended(index, *reply); })
      .arg("BLMOVE")
      .arg(ways_[index].from)
      .arg(ways_[index].to)
      .arg(end_)
      .arg("LEFT")
      .arg(seconds_);
}

Result<void> Waits::ended(std::size_t index, const redisReply& reply) {
  waits_[index].blocked = false;
  if (reply.type == REDIS_REPLY_STRING) {
    arrivals_.push_back({index, std::string(text(reply))});
    return {};
  }
  if (!is_error(reply)) return {};
  // "UNBLOCKED": the server has become a replica.
  if (ends_session(text(reply)) || text(reply).starts_with("UNBLOCKED")) {
    return reply_error("unable to wait for jobs", text(reply));
  }
  refuse("BLMOVE", text(reply));
  return {};
}

void Waits::release(Connection& main) {
  for (Wait& each : waits_) {
    if (!each.blocked || each.releasing || each.client == 0) continue;
    each.releasing = true;
    unblock_client(main, each.client, ignore);
  }
}

void Waits::watch(PollSet& set) const {
  for (const Wait& each : waits_) each.connection->watch(set);
}

TimePoint Waits::wake_at() const {
  TimePoint at = kNever;
  for (const Wait& each : waits_) at = std::min(at, each.connection->wake_at());
  return at;
}

Result<void> Waits::step(const PollSet& ready, TimePoint now) {
  for (Wait& each : waits_) {
    if (auto done = each.connection->step(ready, now); !done.ok()) return done;
  }
  return {};
}

Result<void> Waits::flush(TimePoint now) {
  for (Wait& each : waits_) {
    if (auto done = each.connection->flush(now); !done.ok()) return done;
  }
  return {};
}

}  // namespace narwhal::redis

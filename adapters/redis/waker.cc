#include "waker.h"

#include <algorithm>

namespace narwhal::redis {
namespace {

constexpr std::string_view kChannel = "__redis__:invalidate";
// One connection each; beyond that repeating the fetch is cheaper.
constexpr std::size_t kMostPeeks = 16;

// Peeking does not see delayed jobs.
constexpr Duration kPeekInterval = std::chrono::milliseconds{500};
constexpr Duration kPollInterval = std::chrono::milliseconds{250};

Result<void> ignore(ReplyPtr) { return {}; }

}  // namespace

Result<void> Waker::start(Dialer& dialer, Connection& main, TimePoint now) {
  stop();
  dialer_ = &dialer;
  auto made = dialer.again(now);
  if (!made.ok()) return made.error();
  subscriber_ = std::move(*made);
  subscriber_->set_push_handler([this](const redisReply& reply) {
    const auto parts = elements(reply);
    if (parts.empty() || text(*parts[0]) != "message") return false;
    ++wakes_;
    return true;
  });
  ask_id(main);
  return {};
}

void Waker::stop() {
  subscriber_.reset();
  peeks_.clear();
  wants_peeks_ = false;
  way_ = Way::none;
}

void Waker::ask_id(Connection& main) {
  subscriber_
      ->request(2,
                [this, &main](ReplyPtr reply) -> Result<void> {
                  if (reply->type == REDIS_REPLY_INTEGER) {
                    subscribe(main, reply->integer);
                  } else {
                    fall_back(text(*reply));
                  }
                  return {};
                })
      .arg("CLIENT")
      .arg("ID");
}

void Waker::subscribe(Connection& main, std::int64_t id) {
  subscriber_
      ->request(2,
                [this, &main, id](ReplyPtr reply) -> Result<void> {
                  if (is_error(*reply)) {
                    fall_back(text(*reply));
                  } else {
                    track(main, id);
                  }
                  return {};
                })
      .arg("SUBSCRIBE")
      .arg(kChannel);
}

void Waker::track(Connection& main, std::int64_t id) {
  main.request(6,
               [this](ReplyPtr reply) -> Result<void> {
                 if (is_error(*reply)) {
                   fall_back(text(*reply));
                   return {};
                 }
                 way_ = Way::tracking;
                 ++wakes_;  // what came until now was not told
                 return {};
               })
      .arg("CLIENT")
      .arg("TRACKING")
      .arg("ON")
      .arg("REDIRECT")
      .arg(id)
      .arg("NOLOOP");
}

void Waker::fall_back(std::string_view reason) {
  notice_ = "the server refuses CLIENT TRACKING (" + std::string(reason) + "); ";
  wants_peeks_ = lists_.size() <= kMostPeeks;
  way_ = Way::poll;
  notice_ +=
      wants_peeks_ ? "waiting on each queue instead" : "looking for jobs all the time instead";
  ++wakes_;
}

// The subscriber may be in the middle of its reply, so this is not for a handler.
Result<void> Waker::open_peeks(TimePoint now) {
  wants_peeks_ = false;
  subscriber_.reset();
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    auto made = dialer_->again(now);
    if (!made.ok()) return made.error();
    (*made)->set_patient();
    peeks_.push_back({std::move(*made), false});
  }
  way_ = Way::peek;
  ++wakes_;
  return {};
}

void Waker::peek(std::size_t index) {
  peeks_[index].blocked = true;
  peeks_[index]
      .connection
      ->request(6,
                [this, index](ReplyPtr reply) -> Result<void> {
                  peeks_[index].blocked = false;
                  ++wakes_;
                  if (!is_error(*reply)) return {};
                  if (ends_session(text(*reply))) {
                    return reply_error("unable to wait for jobs", text(*reply));
                  }
                  way_ = Way::poll;  // no BLMOVE either
                  return {};
                })
      .arg("BLMOVE")
      .arg(lists_[index])
      .arg(lists_[index])
      .arg(end_)
      .arg(end_)
      .arg("0");
}

void Waker::arm() {
  if (way_ != Way::peek) return;
  for (std::size_t i = 0; i < peeks_.size(); ++i) {
    if (!peeks_[i].blocked) peek(i);
  }
}

void Waker::ping() {
  if (way_ == Way::tracking && subscriber_->outstanding() == 0) {
    subscriber_->request(1, ignore).arg("PING");
  }
}

Duration Waker::look_interval() const {
  switch (way_) {
    case Way::tracking:
      return Duration::max();
    case Way::peek:
      return kPeekInterval;
    case Way::none:
    case Way::poll:
      break;
  }
  return kPollInterval;
}

void Waker::watch(PollSet& set) const {
  if (subscriber_ != nullptr) subscriber_->watch(set);
  for (const auto& each : peeks_) each.connection->watch(set);
}

TimePoint Waker::wake_at() const {
  TimePoint at = subscriber_ != nullptr ? subscriber_->wake_at() : kNever;
  if (wants_peeks_) at = TimePoint{};
  for (const auto& each : peeks_) at = std::min(at, each.connection->wake_at());
  return at;
}

Result<void> Waker::step(const PollSet& ready, TimePoint now) {
  if (subscriber_ != nullptr) {
    if (auto done = subscriber_->step(ready, now); !done.ok()) return done;
  }
  for (auto& each : peeks_) {
    if (auto done = each.connection->step(ready, now); !done.ok()) return done;
  }
  if (wants_peeks_) return open_peeks(now);
  return {};
}

Result<void> Waker::flush(TimePoint now) {
  if (subscriber_ != nullptr) {
    if (auto done = subscriber_->flush(now); !done.ok()) return done;
  }
  for (auto& each : peeks_) {
    if (auto done = each.connection->flush(now); !done.ok()) return done;
  }
  return {};
}

}  // namespace narwhal::redis

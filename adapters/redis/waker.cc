#include "waker.h"

#include "client_number.h"

namespace narwhal::redis {
namespace {

constexpr std::string_view kChannel = "__redis__:invalidate";

Result<void> ignore(ReplyPtr) { return {}; }

}  // namespace

Result<void> Waker::start(Dialer& dialer, Connection& main, TimePoint now) {
  stop();
  auto made = dialer.again(now);
  if (!made.ok()) return made.error();
  subscriber_ = std::move(*made);
  subscriber_->set_push_handler([this](const redisReply& reply) {
    const auto parts = elements(reply);
    if (parts.empty() || text(*parts[0]) != "message") return false;
    ++wakes_;
    return true;
  });
  ask_number(main);
  return {};
}

void Waker::stop() {
  subscriber_.reset();
  way_ = Way::none;
}

void Waker::ask_number(Connection& main) {
  ask_client_number(*subscriber_, [this, &main](Result<std::int64_t> client) {
    if (client.ok()) return subscribe(main, *client);
    fall_back(client.error().reason);
  });
}

void Waker::subscribe(Connection& main, std::int64_t client) {
  subscriber_
      ->request(2,
                [this, &main, client](ReplyPtr reply) -> Result<void> {
                  if (is_error(*reply)) {
                    fall_back(text(*reply));
                  } else {
                    track(main, client);
                  }
                  return {};
                })
      .arg("SUBSCRIBE")
      .arg(kChannel);
}

void Waker::track(Connection& main, std::int64_t client) {
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
      .arg(client)
      .arg("NOLOOP");
}

void Waker::fall_back(std::string_view reason) {
  notice_ = "the server refuses CLIENT TRACKING (" + std::string(reason) +
            "); due jobs are looked for twice a second and more";
  way_ = Way::poll;
  ++wakes_;
}

void Waker::ping() {
  if (way_ == Way::tracking && subscriber_->outstanding() == 0) {
    subscriber_->request(1, ignore).arg("PING");
  }
}

void Waker::watch(PollSet& set) const {
  if (subscriber_ != nullptr) subscriber_->watch(set);
}

TimePoint Waker::wake_at() const {
  return subscriber_ != nullptr ? subscriber_->wake_at() : kNever;
}

Result<void> Waker::step(const PollSet& ready, TimePoint now) {
  return subscriber_ != nullptr ? subscriber_->step(ready, now) : Result<void>{};
}

Result<void> Waker::flush(TimePoint now) {
  return subscriber_ != nullptr ? subscriber_->flush(now) : Result<void>{};
}

}  // namespace narwhal::redis

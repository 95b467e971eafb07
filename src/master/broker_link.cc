#include "master/broker_link.h"

#include <fmt/format.h>

#include <variant>
#include <vector>

namespace narwhal {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::duration<double>>(duration).count();
}

}  // namespace

BrokerLink::BrokerLink(std::unique_ptr<Broker> broker, std::string name, Duration patience,
                       Log& log, Random& random)
    : broker_(std::move(broker)),
      name_(std::move(name)),
      patience_(patience),
      log_(log),
      random_(random) {}

std::string BrokerLink::state(TimePoint now) const {
  if (serving()) return "serving";
  if (up_) return "connecting";
  if (retry_at_ <= now) return "down";
  return fmt::format("down, next try in {:.1f} s", seconds(retry_at_ - now));
}

void BrokerLink::watch(PollSet& set) const {
  if (up_) broker_->watch(set);
}

TimePoint BrokerLink::wake_at() const { return up_ ? broker_->wake_at() : retry_at_; }

void BrokerLink::step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) {
  if (!up_) {
    if (now < retry_at_) return;
    connect(now);
    if (!up_) return;
  }
  auto stepped = broker_->step(ready, now, want, events);
  report(events);
  note_progress(events, now);
  if (!stepped) {
    lose(stepped.error(), now);
  } else {
    watch_progress(events, now, want);
  }
}

void BrokerLink::flush(TimePoint now, int want) {
  if (!up_) return;
  if (auto flushed = broker_->flush(now, want); !flushed) lose(flushed.error(), now);
}

void BrokerLink::connect(TimePoint now) {
  auto connected = broker_->connect(now);
  up_ = true;
  last_progress_ = now;
  asked_depths_ = false;
  if (!connected) lose(connected.error(), now);
}

void BrokerLink::lose(const Error& error, TimePoint now) {
  broker_->disconnect();
  up_ = was_serving_ = false;
  ++failures_;
  if (down_since_ == kNever) down_since_ = now;
  const Duration delay = kReconnect.delay(failures_, random_.unit());
  retry_at_ = now + delay;
  log_.warning(served_ ? "broker lost" : "broker unreachable", {{"broker", name_},
                                                                {"error", error.text()},
                                                                {"try", failures_},
                                                                {"retry_in_s", seconds(delay)}});
  served_ = false;
}

void BrokerLink::note_progress(const BrokerEvents& events, TimePoint now) {
  const bool serving_now = broker_->serving();
  if (serving_now && !was_serving_) {
    if (down_since_ == kNever) {
      log_.info("broker serving", {{"broker", name_}});
    } else {
      log_.info("broker serving again",
                {{"broker", name_}, {"outage_s", seconds(now - down_since_)}});
    }
    down_since_ = kNever;
    last_progress_ = now;
    served_ = true;
  }
  was_serving_ = serving_now;
  // Only a useful exchange resets the back-off: a broker that accepts and hangs up is still away.
  const bool useful = !events.deliveries.empty() || !events.published.empty();
  if (useful || (serving_now && now - last_progress_ > kReconnect.max)) failures_ = 0;
}

// Design rule 7. No timer of its own: an idle session is looked at whenever something else wakes
// the loop, at the latest for the renewal of its leases.
void BrokerLink::watch_progress(const BrokerEvents& events, TimePoint now, int want) {
  if (want == 0 || !events.deliveries.empty() || !serving()) {
    last_progress_ = now;
    asked_depths_ = false;
    return;
  }
  if (now - last_progress_ < patience_) return;
  if (!asked_depths_) {
    broker_->request_depths();
    asked_depths_ = true;
    return;
  }
  if (events.depths.empty()) return;
  for (const QueueDepth& depth : events.depths) {
    // A job that only just arrived may still be on its way here.
    if (depth.ready > 0 && depth.oldest_ready_age > patience_) {
      lose(Error{ErrorKind::unavailable, "the session delivers nothing",
                 fmt::format("{} {} in queue {}", depth.ready,
                             depth.ready == 1 ? "job waits" : "jobs wait", depth.queue)},
           now);
      return;
    }
  }
  last_progress_ = now;
  asked_depths_ = false;
}

void BrokerLink::report(const BrokerEvents& events) {
  for (const BrokerEvents::Notice& notice : events.notices) {
    const auto level = notice.level == BrokerEvents::Level::warning ? LogConfig::Level::warning
                                                                    : LogConfig::Level::info;
    std::vector<LogField> fields;
    for (const auto& [key, value] : notice.fields) {
      std::visit([&](const auto& held) { fields.emplace_back(key, held); }, value);
    }
    fields.emplace_back("broker", name_);
    log_.write(level, notice.text, fields);
  }
}

}  // namespace narwhal

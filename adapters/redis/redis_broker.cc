#include "redis_broker.h"

#include <algorithm>

#include "depths.h"
#include "narwhal/job_id.h"
#include "scripts.h"
#include "server_info.h"

namespace narwhal::redis {
namespace {

// "Call step() at once"; far from the ends of the clock, so differences to it do not overflow.
constexpr TimePoint kAtOnce{};

// How soon an idle master looks for itself that is not told of delayed jobs, or not even of others.
constexpr Duration kLookForDue = std::chrono::milliseconds{500};
constexpr Duration kLookForAll = std::chrono::milliseconds{250};
// Of what a turn may bring besides the largest payload.
constexpr std::size_t kReplySlack = std::size_t{32} << 20U;

constexpr Duration kShortestPatience = std::chrono::seconds{2};
constexpr Duration kLongestPatience = std::chrono::seconds{10};

Connection::Limits limits(const BrokerContext& context) {
  return {context.max_payload + kReplySlack,
          std::clamp<Duration>(context.lease / 3, kShortestPatience, kLongestPatience)};
}

std::vector<std::string> names(const BrokerConfig& config) {
  std::vector<std::string> names;
  for (const auto& queue : config.queues) names.push_back(queue.name);
  return names;
}

std::vector<Waits::Way> ways(const Keys& keys, const std::vector<std::string>& queues,
                             std::string_view consumer) {
  std::vector<Waits::Way> ways;
  ways.reserve(queues.size());
  for (const auto& queue : queues) {
    ways.push_back({keys.queue(queue), keys.arrived(consumer, queue)});
  }
  return ways;
}

// Keys whose change may mean a job: the queues, and others.
Turns::Watched watched(const Keys& keys, const std::vector<std::string>& queues,
                       const ScriptParts& parts, bool one_slot) {
  Turns::Watched watched{{}, parts.delayed_sets};
  for (const auto& queue : queues) watched.lists.push_back(keys.queue(queue));
  // It is always there, so that a slot that leaves an idle server is noticed.
  if (one_slot) watched.others.push_back(keys.consumers());
  return watched;
}

bool in_one_slot(const Location& location) { return !hash_tag(location.prefix).empty(); }

}  // namespace

RedisBroker::RedisBroker(Location location, std::shared_ptr<net::TlsContext> tls,
                         const BrokerConfig& config, const BrokerContext& context)
    : location_(std::move(location)),
      keys_(location_.prefix),
      format_(make_format(location_)),
      max_payload_(std::min(context.max_payload, kLargestPayload)),
      lease_(context.lease),
      clock_(*context.clock),
      queues_(names(config)),
      parts_(format_->script_parts(queues_, max_payload_)),
      membership_(keys_, *format_, scripts_, queues_, context.name, context.lease, *context.clock),
      claims_(membership_.random_digits()),
      arrivals_(queues_, claims_),
      publisher_(scripts_),
      dialer_(location_, std::move(tls), limits(context), "narwhal"),
      order_(config),
      intake_(queues_, *format_, clock_, order_, claims_, reports_),
      turns_({scripts_, claims_, arrivals_, order_, intake_, reports_},
             watched(keys_, queues_, parts_, in_one_slot(location_)), membership_.inflight_key(),
             max_payload_,
             [this](const TurnReply& turn) { supply_.fetched(turn, now_, idle_look()); }),
      comparison_(keys_, parts_.push_front, membership_, scripts_, claims_, arrivals_, reports_,
                  supply_),
      waits_(ways(keys_, queues_, membership_.id()), parts_.take_end, context.lease) {
  set_scripts(scripts_, keys_, parts_, {queues_, membership_.id(), max_payload_},
              in_one_slot(location_));
}

// --- sessions

Result<void> RedisBroker::connect(TimePoint now) {
  disconnect();
  now_ = now;
  return dialer_.start(now);
}

void RedisBroker::disconnect() {
  waker_.stop();
  waits_.stop();
  turns_.stop();
  comparison_.stop();
  connection_.reset();
  dialer_.stop();
  beat_at_ = kNever;
  supply_.reset();
  claims_.in_doubt();
  arrivals_.unsend();
  publisher_.unsend();
  membership_.stop();
}

Result<void> RedisBroker::begin() {
  scripts_.forget_all();
  connection_->request(1, [this](ReplyPtr reply) { return told_of_server(*reply); }).arg("INFO");
  return {};
}

Result<void> RedisBroker::told_of_server(const redisReply& reply) {
  if (is_error(reply) && ends_session(text(reply))) {
    return reply_error("unable to begin", text(reply));
  }
  const auto server = ServerInfo::parse(is_error(reply) ? std::string_view{} : text(reply));
  if (auto usable = server.usable(location_); !usable.ok()) {
    dialer_.mistrust();
    return usable;
  }
  std::string warning = server.warning();
  if (!warning.empty() && warning != told_warning_) reports_.warn(warning);
  told_warning_ = std::move(warning);
  fence_.close(*connection_, server.run_id);
  fence_.add(*connection_);
  beat();
  comparison_.start(*connection_);
  if (auto started = waits_.start(dialer_, fence_, now_); !started.ok()) return started;
  return waker_.start(dialer_, *connection_, now_);
}

void RedisBroker::beat() {
  beat_at_ = now_ + lease_ / 3;
  membership_.beat(*connection_, [this](const Membership::Beat& beat) { return beaten(beat); });
}

Result<void> RedisBroker::beaten(const Membership::Beat& beat) {
  if (beat.in_flight < 0) {  // not carried out
    beat_at_ = now_;
    return {};
  }
  if (!serving()) return {};  // the comparison follows anyway
  const std::size_t expected = claims_.expected() + arrivals_.given_back();
  const bool agrees = beat.in_flight == static_cast<std::int64_t>(expected);
  if (!beat.was_known || !agrees) comparison_.ask();
  return {};
}

// --- the loop's view

void RedisBroker::watch(PollSet& set) const {
  if (connection_ == nullptr) return dialer_.watch(set);
  connection_->watch(set);
  // News of jobs nobody has room for would only wake us.
  if (want_ > 0 || waker_.way() == Waker::Way::none) waker_.watch(set);
  waits_.watch(set);
}

TimePoint RedisBroker::wake_at() const {
  if (reports_.any()) return kAtOnce;
  if (connection_ == nullptr) return dialer_.wake_at();
  TimePoint at = std::min({connection_->wake_at(), waker_.wake_at(), waits_.wake_at(), beat_at_});
  if (!serving()) return at;
  if (publisher_.any_unsent()) return kAtOnce;
  if (turns_.under_way() || comparison_.under_way()) return at;
  if (turns_.any_to_settle() || (want_ > 0 && supply_.fetch_due(now_))) return kAtOnce;
  return want_ > 0 ? std::min(at, supply_.look_at()) : at;
}

Result<void> RedisBroker::step(const PollSet& ready, TimePoint now, int want,
                               BrokerEvents& events) {
  now_ = now;
  want_ = fetching_ ? want : 0;
  auto moved = move(ready, now);
  hand_out_reports(events);
  return moved;
}

Result<void> RedisBroker::move(const PollSet& ready, TimePoint now) {
  if (connection_ == nullptr) {
    if (auto done = dialer_.step(ready, now); !done.ok()) return done;
    connection_ = dialer_.take();
    return connection_ == nullptr ? Result<void>{} : begin();
  }
  if (auto done = connection_->step(ready, now); !done.ok()) return done;
  if (auto done = waker_.step(ready, now); !done.ok()) return done;
  if (auto done = waits_.step(ready, now); !done.ok()) return done;
  for (std::string text : {waker_.take_notice(), waits_.take_notice()}) {
    if (text.empty()) continue;
    reports_.warn(std::move(text));
    supply_.heard();
  }
  take_arrivals();
  if (waker_.wakes() != seen_wakes_) supply_.heard();
  seen_wakes_ = waker_.wakes();
  return {};
}

// One that there is no room for, or that is too large to be handed out, goes back to where the next
// fetch finds it.
void RedisBroker::take_arrivals() {
  auto room = static_cast<std::int64_t>(want_) - static_cast<std::int64_t>(reports_.deliveries()) -
              turns_.wanted();
  for (auto& arrival : waits_.take_arrivals()) {
    if (room <= 0 || arrival.stored.size() > max_payload_) {
      arrivals_.give_back(arrival.queue, std::move(arrival.stored));
    } else {
      --room;
      const Reservation number = arrivals_.take(arrival.queue, arrival.stored);
      intake_.hand_out(arrival.queue, number, arrival.stored);
    }
    supply_.heard();  // there may be more
  }
}

Result<void> RedisBroker::flush(TimePoint now, int want) {
  now_ = now;
  want_ = fetching_ ? want : 0;
  if (connection_ == nullptr) return {};
  if (serving()) send(now);
  auto done = connection_->flush(now);
  if (done.ok()) done = waker_.flush(now);
  if (done.ok()) done = waits_.flush(now);
  return done;
}

void RedisBroker::send(TimePoint now) {
  if (beat_at_ <= now) {
    claims_.retry_stuck();
    supply_.heard();  // a look at the queues, whatever the waker says
    waker_.ping();
    beat();
  }
  membership_.send(*connection_);
  publisher_.send(*connection_, membership_.consumer_key());
  if (comparison_.wanted() && waits_.blocked() == 0 && !turns_.under_way()) {
    comparison_.start(*connection_);
  }
  if (!turns_.under_way() && !comparison_.under_way()) send_turn(now);
  wait_for_jobs();
  if (depths_wanted_) ask_depths();
}

void RedisBroker::send_turn(TimePoint now) {
  const bool fetch = want_ > 0 && supply_.fetch_due(now);
  if (!fetch && !turns_.any_to_settle()) return;
  if (fetch) supply_.fetch_sent();
  // Where we wait on the queues, news of them would only wake us again.
  turns_.send(*connection_, {fetch ? want_ : 0, supply_.look_due(now), !waits_.usable()});
}

void RedisBroker::wait_for_jobs() {
  if (want_ == 0 || comparison_.wanted() || !waits_.usable()) {
    waits_.release(*connection_);
  } else if (supply_.dry() && !comparison_.under_way()) {
    waits_.arm();
  }
}

Duration RedisBroker::idle_look() const {
  if (waker_.way() == Waker::Way::tracking) return Duration::max();
  return waits_.usable() ? kLookForDue : kLookForAll;
}

void RedisBroker::ask_depths() {
  depths_wanted_ = false;
  scripts_
      .call(*connection_, Script::depths, 1, 1,
            [this](ReplyPtr reply) -> Result<void> {
              if (scripts_.forgotten(Script::depths, *reply)) {
                depths_wanted_ = true;
              } else if (is_error(*reply)) {
                return reply_error("unable to count jobs", text(*reply));
              } else {
                reports_.depths(read_depths(*reply, queues_, *format_, clock_.wall_now()));
              }
              return {};
            })
      .arg(keys_.consumers())
      .arg(keys_.inflight_prefix());
}

void RedisBroker::hand_out_reports(BrokerEvents& events) {
  for (auto& answer : publisher_.take_answers()) {
    reports_.published(answer.token, std::move(answer.result));
  }
  if (const auto recovered = membership_.take_recovered(); recovered > 0) {
    reports_.warn("took back jobs of masters that are gone", {{"jobs", recovered}});
    supply_.heard();
  }
  reports_.move_to(events);
}

// --- what the master hands in

void RedisBroker::settle(Delivery job, Verdict verdict) {
  auto origin = claims_.take(job.reservation);
  if (!origin) return;  // reported as lost already
  Settlement settlement;
  settlement.reservation = job.reservation;
  settlement.field = Claims::field(job.reservation, origin->queue);
  if (verdict.action != Verdict::Action::ack) {
    origin->unique = claims_.unique(job.reservation);
    settlement.ops = format_->settle(*origin, job, verdict, clock_.wall_now());
    // Our own writes are not told to us.
    if (verdict.action != Verdict::Action::bury) supply_.heard();
  }
  claims_.decide(std::move(settlement));
}

void RedisBroker::publish(PublishToken token, NewJob job) {
  if (auto fine = check_new_job(job, max_payload_); !fine.ok()) {
    reports_.published(token, fine);
    return;
  }
  if (job.id.empty()) job.id = new_job_id();
  auto ops = format_->publish(job, unique_name(publish_digits_, token), clock_.wall_now());
  if (!ops.ok()) {
    reports_.published(token, ops.error());
    return;
  }
  publisher_.add(token, std::move(*ops));
  supply_.heard();
}

std::size_t RedisBroker::unconfirmed() const {
  // Who stops has to know that no wait will bring a job any more.
  const std::size_t waiting = fetching_ ? 0 : waits_.blocked();
  return claims_.unconfirmed() + publisher_.unconfirmed() + arrivals_.count() + waiting;
}

}  // namespace narwhal::redis

#include "redis_broker.h"

#include <algorithm>

#include "depths.h"
#include "narwhal/job_id.h"
#include "scripts.h"

namespace narwhal::redis {
namespace {

// "Call step() at once"; far from the ends of the clock, so differences to it do not overflow.
constexpr TimePoint kAtOnce{};

// Settlements in one turn: a longer script would keep others from the server, and Lua's unpack()
// has a limit of its own.
constexpr std::size_t kMostSettled = 500;
constexpr int kMostFetched = 500;
// How soon delayed jobs are looked for while the queues never run dry.
constexpr Duration kBusyLook = std::chrono::milliseconds{250};
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
      order_(config),
      membership_(keys_, *format_, scripts_, queues_, context.name, context.lease, *context.clock),
      claims_(membership_.random_digits()),
      publisher_(scripts_),
      dialer_(location_, std::move(tls), limits(context), "narwhal"),
      waits_(ways(keys_, queues_, membership_.id()),
             location_.format == FormatKind::resque ? "LEFT" : "RIGHT", context.lease) {
  prepare_scripts(*format_);
}

void RedisBroker::prepare_scripts(const Format& format) {
  const ScriptParts parts = format.script_parts(queues_, max_payload_);
  for (const auto& queue : queues_) lists_.push_back(keys_.queue(queue));
  tracked_ = parts.delayed_sets;
  const bool one_slot = !hash_tag(location_.prefix).empty();
  // It is always there, so that a slot that leaves an idle server is noticed.
  if (one_slot) tracked_.push_back(keys_.consumers());
  const std::string guard = one_slot ? slot_guard(keys_) : "";
  const std::string& id = membership_.id();
  scripts_.set(Script::turn, guard + turn_script(keys_, parts, queues_, id, max_payload_));
  scripts_.set(Script::sweep, guard + sweep_script(keys_, parts, queues_, id));
  scripts_.set(Script::publish, guard + publish_script());
  scripts_.set(Script::beat, guard + beat_script());
  scripts_.set(Script::orphans, guard + orphans_script());
  scripts_.set(Script::adopt, guard + adopt_script());
  scripts_.set(Script::give_back, guard + give_back_script());
  scripts_.set(Script::depths, guard + depths_script(keys_, parts, queues_));
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
  connection_.reset();
  dialer_.stop();
  joined_ = false;
  beat_at_ = kNever;
  turn_ = {};
  dry_ = false;
  look_at_ = TimePoint{};
  compare_wanted_ = comparing_ = false;
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

// What the last session had sent and the server had not read yet must not be carried out after we
// have compared. Within one run of the server a client's id is its own for ever.
void RedisBroker::fence_old_session(const std::string& old_run_id) {
  const bool same_run = !old_run_id.empty() && old_run_id == server_.run_id;
  waits_.fence(*connection_, same_run);
  if (client_id_ == 0 || !same_run) return;
  connection_->request(4, [](ReplyPtr) -> Result<void> { return {}; })
      .arg("CLIENT")
      .arg("KILL")
      .arg("ID")
      .arg(client_id_);
}

Result<void> RedisBroker::told_of_server(const redisReply& reply) {
  if (is_error(reply) && ends_session(text(reply))) {
    return reply_error("unable to begin", text(reply));
  }
  const std::string old_run_id = std::move(server_.run_id);
  server_ = ServerInfo::parse(is_error(reply) ? std::string_view{} : text(reply));
  if (auto usable = server_.usable(location_); !usable.ok()) {
    dialer_.mistrust();
    return usable;
  }
  std::string warning = server_.warning();
  if (!warning.empty() && warning != told_warning_) {
    notice(BrokerEvents::Level::warning, warning);
  }
  told_warning_ = std::move(warning);
  fence_old_session(old_run_id);
  remember_client_id();
  beat();
  compare();
  if (auto started = waits_.start(dialer_, now_); !started.ok()) return started;
  return waker_.start(dialer_, *connection_, now_);
}

void RedisBroker::remember_client_id() {
  client_id_ = 0;
  connection_
      ->request(2,
                [this](ReplyPtr reply) -> Result<void> {
                  if (reply->type == REDIS_REPLY_INTEGER) client_id_ = reply->integer;
                  return {};
                })
      .arg("CLIENT")
      .arg("ID");
}

// --- being alive

void RedisBroker::beat() {
  beat_at_ = now_ + lease_ / 3;
  membership_.beat(*connection_, [this](const Membership::Beat& beat) { return beaten(beat); });
}

Result<void> RedisBroker::beaten(const Membership::Beat& beat) {
  if (beat.in_flight < 0) {  // not carried out
    beat_at_ = now_;
    return {};
  }
  if (!joined_) return {};  // the comparison follows anyway
  const std::size_t expected = claims_.expected() + arrivals_.given_back();
  const bool agrees = beat.in_flight == static_cast<std::int64_t>(expected);
  compare_wanted_ = compare_wanted_ || !beat.was_known || !agrees;
  return {};
}

void RedisBroker::sweep() {
  Command command =
      scripts_.call(*connection_, Script::sweep, 2, 1 + Arrivals::kWords * arrivals_.count(),
                    [this](ReplyPtr reply) { return swept(*reply); });
  command.arg(membership_.inflight_key()).arg(membership_.waits_key());
  command.arg(static_cast<std::int64_t>(arrivals_.count()));
  arrivals_.send(command);
}

Result<void> RedisBroker::swept(const redisReply& reply) {
  if (scripts_.forgotten(Script::sweep, reply)) {
    arrivals_.unsend();
    sweep();
    return {};
  }
  if (is_error(reply)) return reply_error("unable to take over jobs that arrived", text(reply));
  std::vector<std::string_view> missing;
  for (const redisReply* field : elements(reply)) missing.push_back(text(*field));
  // Those that were settled meanwhile are nobody's loss; the comparison shows the others.
  arrivals_.sent(missing);
  dry_ = false;
  ask_in_flight();
  return {};
}

// What is in the in-flight hash against what we know of. Only while nothing waits and no turn is
// under way: a job that has arrived, and of which we have not read yet, would be taken for one that
// we have lost.
void RedisBroker::compare() {
  compare_wanted_ = false;
  comparing_ = true;
  sweep();
}

void RedisBroker::ask_in_flight() {
  connection_->request(2, [this](ReplyPtr reply) { return compared(*reply); })
      .arg("HKEYS")
      .arg(membership_.inflight_key());
}

Result<void> RedisBroker::compared(const redisReply& reply) {
  if (is_error(reply)) return reply_error("unable to read the jobs in hand", text(reply));
  std::vector<std::string> fields;
  for (const redisReply* field : elements(reply)) fields.emplace_back(text(*field));
  std::vector<std::string> unknown;
  for (const Reservation gone : claims_.compare(fields, unknown)) {
    lose(gone, "the broker does not have it any more");
  }
  if (!unknown.empty()) give_back(unknown);
  joined_ = true;
  comparing_ = false;
  return {};
}

void RedisBroker::give_back(const std::vector<std::string>& fields) {
  const std::size_t count = std::min(fields.size(), kMostSettled);
  Command command = scripts_.call(
      *connection_, Script::give_back, 1, 2 + count, [this](ReplyPtr reply) -> Result<void> {
        if (is_error(*reply) && !scripts_.forgotten(Script::give_back, *reply)) {
          return reply_error("unable to give jobs back", text(*reply));
        }
        beat_at_ = now_;  // compares again, in case there are more
        dry_ = false;
        return {};
      });
  const bool resque = location_.format == FormatKind::resque;
  command.arg(membership_.inflight_key()).arg(resque ? "LPUSH" : "RPUSH").arg(keys_.queue(""));
  for (std::size_t i = 0; i < count; ++i) command.arg(fields[i]);
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
  if (any_reports()) return kAtOnce;
  if (connection_ == nullptr) return dialer_.wake_at();
  TimePoint at = std::min({connection_->wake_at(), waker_.wake_at(), waits_.wake_at(), beat_at_});
  if (!joined_) return at;
  if (publisher_.any_unsent()) return kAtOnce;
  if (turn_.under_way || comparing_) return at;
  if (claims_.any_pending() || arrivals_.any() || fetch_due()) return kAtOnce;
  return want_ > 0 ? std::min(at, look_at_) : at;
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
    notice(BrokerEvents::Level::warning, std::move(text));
    dry_ = false;
  }
  take_arrivals();
  if (waker_.wakes() != seen_wakes_) {
    seen_wakes_ = waker_.wakes();
    dry_ = false;
  }
  return {};
}

Result<void> RedisBroker::flush(TimePoint now, int want) {
  now_ = now;
  want_ = fetching_ ? want : 0;
  if (connection_ == nullptr) return {};
  if (joined_) {
    if (beat_at_ <= now) {
      claims_.retry_stuck();
      dry_ = false;  // a look at the queues, whatever the waker says
      waker_.ping();
      beat();
    }
    membership_.send(*connection_);
    publisher_.send(*connection_, membership_.consumer_key());
    if (compare_wanted_ && waits_.blocked() == 0 && !turn_.under_way) compare();
    const bool to_say = claims_.any_pending() || arrivals_.any();
    if (!turn_.under_way && !comparing_ && (to_say || fetch_due())) send_turn();
    wait_for_jobs();
    if (depths_wanted_) ask_depths();
  }
  auto done = connection_->flush(now);
  if (done.ok()) done = waker_.flush(now);
  if (done.ok()) done = waits_.flush(now);
  return done;
}

void RedisBroker::wait_for_jobs() {
  if (want_ == 0 || compare_wanted_ || !waits_.usable()) {
    waits_.release(*connection_);
  } else if (dry_ && !comparing_) {
    waits_.arm();
  }
}

// --- turns

bool RedisBroker::fetch_due() const { return want_ > 0 && (!dry_ || look_at_ <= now_); }

void RedisBroker::send_turn() {
  claims_.send(kMostSettled);
  turn_ = {true, fetch_due() ? std::min(want_, kMostFetched) : 0, waker_.wakes(), own_writes_};
  std::size_t acks = 0;
  std::size_t words = 8;
  for (const auto& each : claims_.sent()) {
    acks += each.ops.empty() ? 1 : 0;
    words += each.ops.empty() ? 1 : 2 + words_of(each.ops);
  }
  words += Arrivals::kWords * arrivals_.count();
  // All whose change is to be told. Where we wait on the queues, news of them would only wake us
  // again.
  const std::size_t lists = waits_.usable() ? 0 : lists_.size();
  Command command = scripts_.call(*connection_, Script::turn, 1 + tracked_.size() + lists, words,
                                  [this](ReplyPtr reply) { return turned(*reply); });
  command.arg(membership_.inflight_key());
  for (const auto& key : tracked_) command.arg(key);
  for (std::size_t i = 0; i < lists; ++i) command.arg(lists_[i]);
  command.arg(turn_.want)
      .arg(static_cast<std::int64_t>(claims_.next_number()))
      .arg(look_at_ <= now_ ? "1" : "0")
      .arg(order_.next())
      .arg(static_cast<std::int64_t>(claims_.expected()))
      .arg(static_cast<std::int64_t>(acks))
      .arg(static_cast<std::int64_t>(claims_.sent().size() - acks))
      .arg(static_cast<std::int64_t>(arrivals_.count()));
  arrivals_.send(command);
  for (const auto& each : claims_.sent()) {
    if (each.ops.empty()) command.arg(each.field);
  }
  for (const auto& each : claims_.sent()) {
    if (each.ops.empty()) continue;
    command.arg(each.field).arg(static_cast<std::int64_t>(each.ops.size()));
    append(command, each.ops);
  }
  claims_.skip_to(claims_.next_number() + static_cast<Reservation>(turn_.want));
}

Result<void> RedisBroker::turned(const redisReply& reply) {
  turn_.under_way = false;
  if (scripts_.forgotten(Script::turn, reply)) {
    claims_.unsend();
    arrivals_.unsend();
    return {};
  }
  if (is_error(reply)) return reply_error("unable to settle and fetch", text(reply));
  const auto turn = TurnReply::parse(reply, queues_.size());
  if (!turn) return reply_error("unable to settle and fetch", "a reply of another form");
  apply_settled(*turn);
  if (turn_.want > 0) apply_fetched(*turn);
  return {};
}

void RedisBroker::apply_settled(const TurnReply& turn) {
  auto settled = claims_.take_sent();
  std::vector<std::string_view> fields;
  for (const auto& refused : turn.refused) fields.push_back(refused.field);
  for (const Reservation gone : arrivals_.sent(fields)) {
    if (claims_.take(gone)) lose(gone, "somebody else has taken it up");
  }
  for (const auto& refused : turn.refused) {
    const auto at = std::find_if(settled.begin(), settled.end(),
                                 [&](const auto& each) { return each.field == refused.field; });
    if (at == settled.end()) continue;
    if (!refused.why.empty()) {
      notice(BrokerEvents::Level::warning,
             "unable to settle a job, it is kept: " + std::string(refused.why));
      claims_.stuck(std::move(*at));
    } else if (!at->in_doubt) {  // else it was settled by the session whose answer was lost
      lose(at->reservation, "somebody else has taken it up");
    }
  }
}

void RedisBroker::apply_fetched(const TurnReply& turn) {
  for (const auto& batch : turn.batches) hand_out(batch);
  if (turn.set_aside > 0) {
    notice(BrokerEvents::Level::warning, "set aside as dead: the payload is over max_payload",
           {{"jobs", turn.set_aside}, {"max_payload", static_cast<std::int64_t>(max_payload_)}});
  }
  if (!turn.problem.empty() && turn.problem != problem_) {
    notice(BrokerEvents::Level::warning, "unable to read a queue: " + std::string(turn.problem));
  }
  problem_ = turn.problem;
  // What was told before this reply, or written by ourselves, may be newer than what the script
  // saw.
  dry_ = turn.all_empty && turn_.wakes == waker_.wakes() && turn_.own_writes == own_writes_;
  schedule_look(turn, dry_);
}

void RedisBroker::hand_out(const TurnReply::Batch& batch) {
  Reservation number = batch.first;
  for (const redisReply* stored : batch.jobs) hand_out(batch.queue, number++, text(*stored));
}

void RedisBroker::hand_out(std::size_t queue, Reservation number, std::string_view stored) {
  Delivery job;
  job.reservation = number;
  job.queue = queues_[queue];
  format_->read(stored, job);
  if (job.id.empty()) job.id = id_of_unnamed(claims_.unique(number));
  if (job.enqueued_at == WallTime{}) job.enqueued_at = clock_.wall_now();
  claims_.add(number, job.queue, format_->keeps_stored() ? std::string(stored) : std::string{});
  reports_.deliveries.push_back(std::move(job));
  order_.took(queue);
}

// One that there is no room for, or that is too large to be handed out, goes back to where the next
// fetch finds it.
void RedisBroker::take_arrivals() {
  auto room = static_cast<std::int64_t>(want_) - std::ssize(reports_.deliveries);
  if (turn_.under_way) room -= turn_.want;
  for (auto& arrival : waits_.take_arrivals()) {
    if (room <= 0 || arrival.stored.size() > max_payload_) {
      arrivals_.give_back(arrival.queue, std::move(arrival.stored));
    } else {
      --room;
      const Reservation number = claims_.next_number();
      claims_.skip_to(number + 1);
      hand_out(arrival.queue, number, arrival.stored);
      arrivals_.took(number, Claims::field(number, queues_[arrival.queue]), arrival.queue,
                     std::move(arrival.stored));
    }
    own_write();  // there may be more
  }
}

void RedisBroker::schedule_look(const TurnReply& turn, bool dry) {
  const Duration most = dry ? look_interval() : kBusyLook;
  const TimePoint latest = most == Duration::max() ? kNever : now_ + most;
  if (turn.looked) {
    look_at_ = std::min(turn.wait ? now_ + *turn.wait : kNever, latest);
  } else {
    look_at_ = std::min(look_at_, latest);
  }
}

Duration RedisBroker::look_interval() const {
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
                reports_.depths = read_depths(*reply, queues_, *format_, clock_.wall_now());
              }
              return {};
            })
      .arg(keys_.consumers())
      .arg(keys_.inflight_prefix());
}

// --- reports

bool RedisBroker::any_reports() const {
  return !reports_.deliveries.empty() || !reports_.published.empty() || !reports_.lost.empty() ||
         !reports_.notices.empty();
}

void RedisBroker::hand_out_reports(BrokerEvents& events) {
  for (auto& answer : publisher_.take_answers()) reports_.published.push_back(std::move(answer));
  if (const auto recovered = membership_.take_recovered(); recovered > 0) {
    notice(BrokerEvents::Level::warning, "took back jobs of masters that are gone",
           {{"jobs", recovered}});
    dry_ = false;
  }
  const auto move_over = [](auto& from, auto& to) {
    if (to.empty()) return to.swap(from);
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  move_over(reports_.deliveries, events.deliveries);
  move_over(reports_.published, events.published);
  move_over(reports_.lost, events.lost);
  move_over(reports_.notices, events.notices);
  move_over(reports_.depths, events.depths);
}

void RedisBroker::notice(BrokerEvents::Level level, std::string text,
                         std::vector<BrokerEvents::NoticeField> fields) {
  reports_.notices.push_back({level, std::move(text), std::move(fields)});
}

void RedisBroker::lose(Reservation reservation, std::string reason) {
  reports_.lost.push_back({reservation, std::move(reason)});
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
    const WallTime now = clock_.wall_now();
    switch (verdict.action) {
      case Verdict::Action::retry:
        settlement.ops = format_->retry(*origin, job, verdict, now);
        break;
      case Verdict::Action::release:
        settlement.ops = format_->release(*origin, job);
        break;
      case Verdict::Action::bury:
        settlement.ops = format_->bury(*origin, job, verdict, now);
        break;
      case Verdict::Action::ack:
        break;
    }
    // Our own writes are not told to us.
    if (verdict.action != Verdict::Action::bury) own_write();
  }
  claims_.decide(std::move(settlement));
}

void RedisBroker::own_write() {
  ++own_writes_;
  dry_ = false;
}

void RedisBroker::publish(PublishToken token, NewJob job) {
  if (auto fine = check_new_job(job, max_payload_); !fine.ok()) {
    reports_.published.push_back({token, fine});
    return;
  }
  if (job.id.empty()) job.id = new_job_id();
  auto ops = format_->publish(job, unique_name(publish_digits_, token), clock_.wall_now());
  if (!ops.ok()) {
    reports_.published.push_back({token, ops.error()});
    return;
  }
  publisher_.add(token, std::move(*ops));
  own_write();
}

std::size_t RedisBroker::unconfirmed() const {
  // Who stops has to know that no wait will bring a job any more.
  const std::size_t waiting = fetching_ ? 0 : waits_.blocked();
  return claims_.unconfirmed() + publisher_.unconfirmed() + arrivals_.count() + waiting;
}

}  // namespace narwhal::redis

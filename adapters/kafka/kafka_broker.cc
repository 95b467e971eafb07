#include "kafka_broker.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "conf.h"
#include "delay_levels.h"
#include "names.h"
#include "narwhal/job_id.h"
#include "new_job.h"

namespace narwhal::kafka {
namespace {

constexpr Duration kPollTime = std::chrono::seconds{15};
// What was claimed and not handed out for so long is given up: were this master to die now, these
// would count a crash, too.
constexpr Duration kClaimTime = std::chrono::milliseconds{200};
// While a rebalance is under way it is looked again whether it is over.
constexpr Duration kJoinLook = std::chrono::milliseconds{50};
constexpr std::size_t kMostAhead = 512;
constexpr Duration kFarewellTime = std::chrono::seconds{2};
constexpr Duration kCloseTime = std::chrono::seconds{2};
constexpr Duration kTurn = std::chrono::milliseconds{20};

template <typename List>
void move_to(List& to, List& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
  from.clear();
}

}  // namespace

KafkaBroker::KafkaBroker(Location location, const BrokerConfig& config,
                         const BrokerContext& context)
    : consumer_(session_),
      declarer_(session_),
      publisher_(session_, declarer_),
      assignment_(session_, *this),
      committer_(session_, assignment_),
      probe_(session_),
      pulse_(session_),
      order_(config.queues) {
  session_.location = std::move(location);
  session_.me = claimant_name(context.name, ::getpid(), new_job_id().substr(20));
  session_.clock = context.clock;
  session_.now = context.clock->now();
  session_.lease = context.lease;
  session_.max_payload = context.max_payload;
  session_.capacity = static_cast<std::size_t>(std::max(context.capacity, 1));
  for (const QueueConfig& queue : config.queues) {
    session_.queues.push_back(queue.name);
    intakes_.emplace_back(session_, assignment_, publisher_, queue.name);
    movers_.emplace_back(session_, assignment_, publisher_, queue.name);
  }
}

// --- Sessions

Result<void> KafkaBroker::connect(TimePoint now) {
  session_.now = now;
  trouble_ = {};
  if (!consumer_.is_open()) {
    if (auto opened = open(); !opened.ok()) return opened;
  }
  state_ = State::starting;
  declarer_.ask_all();
  return {};
}

Result<void> KafkaBroker::open() {
  if (auto opened = waker_.open(); !opened.ok()) return opened;
  if (auto opened = publisher_.open(waker_); !opened.ok()) return opened;
  if (auto opened = consumer_.open(waker_); !opened.ok()) return opened;
  declarer_.use(consumer_.handle(), consumer_.answers());
  pulse_.use(consumer_.handle(), consumer_.answers());
  declarer_.be_sure();
  assignment_.use(consumer_.handle(), consumer_.answers(), waker_);
  committer_.use(consumer_.handle(), consumer_.answers());
  probe_.use(consumer_.handle(), publisher_.handle(), waker_.fd());
  return {};
}

// The library looks for the servers by itself; what is in hand here stays so while the group waits.
void KafkaBroker::disconnect() { state_ = State::down; }

Result<void> KafkaBroker::start() {
  if (const Error* error = declarer_.failure(); error != nullptr) return *error;
  if (!declarer_.all_known()) return {};
  if (!subscribed_) {
    if (auto done = consumer_.subscribe(); !done.ok()) return done;
    subscribed_ = true;
  }
  state_ = State::up;
  pulse_.begin();
  return {};
}

void KafkaBroker::watch(PollSet& set) const {
  if (consumer_.is_open()) waker_.watch(set);
}

TimePoint KafkaBroker::wake_at() const {
  const BrokerEvents& reports = session_.reports;
  const bool to_tell = !reports.lost.empty() || !reports.published.empty() ||
                       !reports.notices.empty() || !reports.set_aside.empty();
  if (to_tell || unflushed_ || !trouble_.ok()) return session_.now;
  TimePoint at = std::min({poll_by_, pulse_.wake_at(), declarer_.wake_at(), committer_.wake_at(),
                           assignment_.wake_at(), publisher_.wake_at()});
  if (consumer_.is_open() && consumer_.is_joining()) at = std::min(at, session_.now + kJoinLook);
  WallTime due = WallTime::max();
  for (std::size_t i = 0; i < intakes_.size(); ++i) {
    due = std::min({due, intakes_[i].next_due(), movers_[i].next()});
    if (hungry_ && intakes_[i].settled_at() > session_.now) {
      at = std::min(at, intakes_[i].settled_at());
    }
    if (intakes_[i].claimed() > 0 && !hungry_) at = std::min(at, delivered_at_ + kClaimTime);
  }
  if (due != WallTime::max()) {
    at = std::min(at, session_.clock->now() + (due - session_.clock->wall_now()));
  }
  return at;
}

std::size_t KafkaBroker::unconfirmed() const {
  std::size_t count = publishes_;
  bool telling = false;
  assignment_.for_each([&](const Partition& partition) {
    count += partition.unconfirmed();
    telling = telling || partition.dirty() || partition.in_flight() || !partition.claimed.empty();
  });
  // Nothing may be left claimed by a master that stops.
  if (count == 0 && telling && !session_.fetching) ++count;
  return count;
}

// --- Partitions

void KafkaBroker::on_assigned(Partition& partition) {
  for (std::size_t i = 0; i < intakes_.size(); ++i) {
    const std::string topic = session_.location.topic(intakes_[i].queue());
    if (partition.topic == topic) intakes_[i].add(partition, /*first=*/false);
    for (std::size_t level = 0; level < kDelayLevels.size(); ++level) {
      if (partition.topic != retry_topic(topic, kDelayLevels[level])) continue;
      if (level == 0) {
        intakes_[i].add(partition, /*first=*/true);
      } else {
        movers_[i].add(partition, level);
      }
    }
  }
}

void KafkaBroker::on_gone(Partition& partition) {
  for (auto& intake : intakes_) intake.remove(partition);
  for (auto& mover : movers_) mover.remove(partition);
  for (const auto& [reservation, held] : partition.held) hands_.erase(reservation);
}

// --- Input

Result<void> KafkaBroker::step(const PollSet&, TimePoint now, int want, BrokerEvents& events) {
  session_.now = now;
  waker_.clear();
  take_events();
  declarer_.run();
  publisher_.pump();
  Result<void> done = trouble_;
  if (done.ok() && state_ == State::starting) done = start();
  if (committer_.is_slow()) pulse_.suspect();
  if (done.ok() && state_ == State::up) done = pulse_.run();
  if (done.ok()) {
    committer_.run();
    assignment_.run();
    for (auto& mover : movers_) mover.run();
    for (auto& intake : intakes_) intake.fetch(session_.capacity + most_ahead());
    hand_out(want, events);
  }
  report(events);
  return done;
}

void KafkaBroker::take_events() {
  poll_by_ = session_.now + std::min(kPollTime, session_.lease / 4);
  consumer_.for_each_event([this](rd_kafka_event_t* event) { on_event(event); });
}

void KafkaBroker::on_event(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE:
      return assignment_.on_rebalance(event);
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      // Of librdkafka's own: it has not reached the server.
      if (rd_kafka_event_error(event) < RD_KAFKA_RESP_ERR_UNKNOWN) pulse_.suspect();
      return committer_.on_answer(event);
    case RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT:
      return assignment_.on_offsets(event);
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
    case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT:
      if (rd_kafka_event_opaque(event) == nullptr) return pulse_.on_answer(event);
      return declarer_.on_answer(event);
    case RD_KAFKA_EVENT_FETCH:
      return on_fetched(event);
    case RD_KAFKA_EVENT_ERROR:
      return on_error(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
    default:
      return;
  }
}

// A partition began to be fetched before its queue was cut off from the consumer's.
void KafkaBroker::on_fetched(rd_kafka_event_t* event) {
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    Partition* partition = assignment_.find(rd_kafka_topic_name(message->rkt), message->partition);
    if (partition == nullptr) continue;
    assignment_.detach(*partition);
    for (auto& intake : intakes_) {
      if (intake.has(*partition)) intake.on_message(*partition, *message);
    }
    for (auto& mover : movers_) mover.on_message(*partition, *message);
  }
}

void KafkaBroker::on_error(rd_kafka_resp_err_t code, const std::string& text) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      trouble_ =
          Error{ErrorKind::unavailable, "unable to reach Kafka: " + session_.location.servers,
                last_error_.empty() ? text : last_error_};
      return;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      last_error_ = text;
      return pulse_.suspect();
    // Deleted, most likely. The library looks for it whenever it refreshes what it knows.
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      for (const std::string& queue : session_.queues) {
        declarer_.forget(queue);
        (void)declarer_.state(queue);
      }
      return;
    default:
      if (text == last_error_) return;
      last_error_ = text;
      session_.warn("Kafka: " + text);
  }
}

void KafkaBroker::hand_out(int want, BrokerEvents& events) {
  if (!session_.fetching) return;
  // Those of a queue that only wait for their commit come before those of lower queues.
  std::vector<std::size_t> coming;
  coming.reserve(intakes_.size());
  for (const auto& intake : intakes_) coming.push_back(intake.coming());
  for (int i = 0; i < want; ++i) {
    Intake* intake = next_with_job(coming);
    if (intake != nullptr) deliver(*intake, events);
  }
}

// Null: the next job is one that cannot be handed out yet.
Intake* KafkaBroker::next_with_job(std::vector<std::size_t>& coming) {
  for (const std::size_t index : order_.get()) {
    Intake& intake = intakes_[index];
    if (coming[index] > 0) {
      --coming[index];
      if (!intake.has_ready()) return nullptr;
      order_.took(index);
      return &intake;
    }
    if (!intake.has_nothing()) return nullptr;
  }
  return nullptr;
}

void KafkaBroker::deliver(Intake& intake, BrokerEvents& events) {
  auto [partition, waiting] = intake.take();
  waiting.job.reservation = ++session_.reservations;
  hands_.emplace(waiting.job.reservation, partition->epoch);
  partition->held.emplace(waiting.job.reservation,
                          Partition::Held{.offset = waiting.offset,
                                          .key = std::move(waiting.key),
                                          .origin = std::move(waiting.origin)});
  events.deliveries.push_back(std::move(waiting.job));
  ++delivered_;
  delivered_at_ = session_.now;
}

void KafkaBroker::report(BrokerEvents& events) {
  BrokerEvents& reports = session_.reports;
  move_to(events.published, reports.published);
  move_to(events.lost, reports.lost);
  move_to(events.set_aside, reports.set_aside);
  move_to(events.notices, reports.notices);
  auto depths = probe_.take();
  for (std::size_t i = 0; i < depths.size(); ++i) {
    QueueDepth& depth = depths[i];
    depth.in_flight = intakes_[i].in_hand();
    const std::uint64_t not_due = intakes_[i].not_due();
    depth.ready -= std::min(depth.ready, depth.in_flight + not_due);
    depth.delayed += not_due;
    depth.oldest_ready_age = intakes_[i].oldest_age(session_.clock->wall_now());
  }
  if (!depths.empty()) events.depths = std::move(depths);
}

// --- Output

void KafkaBroker::settle(Delivery job, Verdict verdict) {
  unflushed_ = true;
  const auto hand = hands_.find(job.reservation);
  if (hand == hands_.end()) {
    session_.notice(BrokerEvents::Level::info, "a verdict came too late and changes nothing",
                    {{"job", job.id}, {"queue", job.queue}});
    return;
  }
  Partition* partition = assignment_.find(hand->second);
  const Reservation reservation = job.reservation;
  hands_.erase(hand);
  for (auto& intake : intakes_) {
    if (intake.has(*partition)) {
      return intake.settle(*partition, reservation, std::move(job), std::move(verdict));
    }
  }
}

void KafkaBroker::publish(PublishToken token, NewJob job) {
  unflushed_ = true;
  if (auto fine = check_new_job(job, session_.location, session_.max_payload); !fine.ok()) {
    session_.reports.published.push_back({token, fine});
    return;
  }
  const std::string id = job.id.empty() ? new_job_id() : job.id;
  Outgoing message = to_message(job, id, session_.location, session_.clock->wall_now());
  ++publishes_;
  publisher_.publish({.queue = job.queue,
                      .topic = std::move(message.topic),
                      .key = std::move(message.key),
                      .headers = std::move(message.headers),
                      .payload = std::move(job.payload),
                      .done = [this, token](const Result<void>& result) {
                        --publishes_;
                        session_.reports.published.push_back({token, result});
                      }});
}

void KafkaBroker::set_fetching(bool fetching) {
  session_.fetching = fetching;
  unflushed_ = true;
}

void KafkaBroker::set_capacity(int jobs) {
  session_.capacity = static_cast<std::size_t>(std::max(jobs, 1));
}

void KafkaBroker::request_depths() { probe_.request(); }

Result<void> KafkaBroker::flush(TimePoint now, int want) {
  session_.now = now;
  unflushed_ = false;
  hungry_ = session_.fetching && want > 0;
  if (hungry_) {
    claim(static_cast<std::size_t>(want));
  } else if (!session_.fetching || now - delivered_at_ >= kClaimTime) {
    unclaim();
  }
  if (!committer_.may_send() || consumer_.is_joining()) return {};
  if (session_.fetching && acks_waiting()) claim_ahead();
  ahead_ = std::max(delivered_, ahead_ / 2);
  delivered_ = 0;
  committer_.send();
  return {};
}

// --- Claims

// In strict order those of a lower queue only as far as the higher ones have too few; by weight any
// queue may be next.
void KafkaBroker::claim(std::size_t want) {
  if (order_.by_weight()) {
    for (auto& intake : intakes_) {
      const std::size_t claimed = intake.claimed();
      if (claimed < want) intake.claim(want - claimed);
    }
    return;
  }
  for (const std::size_t index : order_.get()) {
    Intake& intake = intakes_[index];
    std::size_t claimed = intake.claimed();
    if (claimed < want) claimed += intake.claim(want - claimed);
    if (claimed >= want || !intake.has_nothing()) return;
    want -= claimed;
  }
}

void KafkaBroker::claim_ahead() {
  std::size_t room = most_ahead();
  for (const std::size_t index : order_.get()) {
    Intake& intake = intakes_[index];
    const std::size_t claimed = intake.claimed();
    if (claimed >= room) return;
    room -= claimed;
    room -= intake.claim(room);
  }
}

void KafkaBroker::unclaim() {
  for (auto& intake : intakes_) intake.unclaim();
}

// Twice what was handed out while the last commit was under way, or a job for each worker.
std::size_t KafkaBroker::most_ahead() const {
  return std::min(std::max(session_.capacity, 2 * std::max(ahead_, delivered_)), kMostAhead);
}

bool KafkaBroker::acks_waiting() const {
  bool waiting = false;
  assignment_.for_each(
      [&](const Partition& partition) { waiting = waiting || partition.acks_waiting(); });
  return waiting;
}

// --- The end

KafkaBroker::~KafkaBroker() {
  probe_.stop();
  if (subscribed_) farewell();
  // What goes now is nobody's business any more.
  assignment_.lose_all("");
}

// Others take over at once what a member of the group gives up, but not before its time has passed
// what a silent one had. What is in hand stays claimed: nobody has said what became of it.
void KafkaBroker::farewell() {
  const auto turn = [this] {
    PollSet set;
    waker_.watch(set);
    (void)set.wait(kTurn);
    session_.now = session_.clock->now();
    waker_.clear();
    take_events();
    publisher_.pump();
    committer_.run();
    assignment_.run();
    if (committer_.may_send()) committer_.send();
  };
  session_.fetching = false;
  unclaim();
  session_.now = session_.clock->now();
  const auto until = [&](Duration time, const auto& done) {
    const TimePoint deadline = session_.now + time;
    while (!done() && session_.now < deadline) turn();
  };
  if (committer_.may_send()) committer_.send();
  if (state_ == State::up)
    until(kFarewellTime, [this] { return !committer_.wanted() && committer_.idle(); });
  assignment_.close();
  consumer_.begin_close();
  until(kCloseTime, [this] { return consumer_.closed(); });
}

}  // namespace narwhal::kafka

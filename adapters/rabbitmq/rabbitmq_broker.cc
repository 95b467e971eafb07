#include "rabbitmq_broker.h"

#include <algorithm>

#include "names.h"
#include "narwhal/job_id.h"
#include "new_job.h"

namespace narwhal::rabbitmq {
namespace {

// After a lost connection, the other masters' jobs come back within this time, too.
constexpr Duration kCutOffTime = std::chrono::seconds{15};
// What a message needs besides its properties in a header frame.
constexpr std::size_t kHeaderFrame = 64;

// The server cuts a client off that was silent for two to three heartbeats, and a job is to be
// taken up again within two leases.
std::uint16_t heartbeat_for(const Location& location, Duration lease) {
  if (location.heartbeat) return *location.heartbeat;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lease * 2 / 3).count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(seconds, 1, 60));
}

template <typename List>
void move_to(List& to, List& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
  from.clear();
}

}  // namespace

RabbitmqBroker::RabbitmqBroker(Location location, const std::shared_ptr<net::TlsContext>& tls,
                               const BrokerConfig& config, const BrokerContext& context)
    : location_(std::move(location)),
      resolvers_(location_.hosts.size()),
      consuming_(location_, tls,
                 {.client_name = "narwhal " + context.name,
                  .heartbeat = heartbeat_for(location_, context.lease)}),
      publishing_(location_, tls,
                  {.client_name = "narwhal " + context.name + " (publishing)",
                   .heartbeat = heartbeat_for(location_, context.lease)}),
      publisher_(publishing_, location_.queues),
      probe_(config.queues,
             [this](std::size_t queue) { return front(queue).stashed() + main(queue).stashed(); }),
      order_(config.queues),
      host_(location_.hosts.size() - 1) {
  session_.clock = context.clock;
  session_.now = context.clock->now();
  session_.queues = location_.queues;
  session_.max_payload = context.max_payload;
  probe_.set_channel(consuming_.add_channel(probe_));
  for (const QueueConfig& queue : config.queues) {
    for (const QueueSpec& spec : {front_spec(queue.name), jobs_spec(queue.name)}) {
      intakes_.push_back(
          std::make_unique<Intake>(session_, consuming_, publisher_, spec, intakes_.size()));
    }
    movers_.push_back(std::make_unique<DelayMover>(session_, consuming_, publisher_, queue.name));
  }
}

RabbitmqBroker::~RabbitmqBroker() {
  consuming_.leave(session_.now);
  publishing_.leave(session_.now);
}

// --- Sessions

Result<void> RabbitmqBroker::connect(TimePoint now) {
  session_.now = now;
  served_ = false;
  host_ = (host_ + 1) % resolvers_.size();
  auto started = resolvers_[host_].start(location_.hosts[host_]);
  return started.ok() ? open_connections() : started;
}

// Does nothing while the address is not known.
Result<void> RabbitmqBroker::open_connections() {
  auto address = resolvers_[host_].address();
  if (!address.ok()) return address.error();
  if (!*address) return {};
  for (Connection* connection : {&consuming_, &publishing_}) {
    if (auto opened = connection->open(**address, session_.now); !opened.ok()) return opened;
  }
  return {};
}

void RabbitmqBroker::disconnect() {
  // A server that closes this connection for what happened on it has not cut others off.
  const bool alone = consuming_.closed_for_itself() || publishing_.closed_for_itself();
  if (served_ && !alone) session_.cut_off_until = kNever;
  consuming_.close();
  publishing_.close();
  const std::string why = "the connection was lost";
  for (const auto& intake : intakes_) intake->lose(why);
  for (const auto& mover : movers_) mover->lose();
  publisher_.lose(why);
  probe_.reset();
  blocked_ = false;
}

bool RabbitmqBroker::serving() const {
  return publisher_.ready() && consuming_.is_open() &&
         std::all_of(intakes_.begin(), intakes_.end(),
                     [](const auto& intake) { return intake->settled_in(); });
}

void RabbitmqBroker::watch(PollSet& set) const {
  resolvers_[host_].watch(set);
  consuming_.watch(set);
  publishing_.watch(set);
}

TimePoint RabbitmqBroker::wake_at() const {
  const BrokerEvents& reports = session_.reports;
  const bool to_tell =
      !reports.lost.empty() || !reports.published.empty() || !reports.notices.empty();
  if (to_tell || unflushed_) return session_.now;
  TimePoint at = std::min({consuming_.wake_at(), publishing_.wake_at(), publisher_.wake_at()});
  for (const auto& intake : intakes_) at = std::min(at, intake->wake_at());
  for (const auto& mover : movers_) at = std::min(at, mover->wake_at());
  return at;
}

std::size_t RabbitmqBroker::unconfirmed() const {
  std::size_t count = publishes_;
  for (const auto& intake : intakes_) count += intake->unconfirmed();
  for (const auto& mover : movers_) count += mover->unconfirmed();
  return count;
}

// --- Input

Result<void> RabbitmqBroker::step(const PollSet& ready, TimePoint now, int want,
                                  BrokerEvents& events) {
  session_.now = now;
  session_.header_room = std::min(consuming_.frame_max(), publishing_.frame_max()) - kHeaderFrame;
  Result<void> done = consuming_.has_socket() ? Result<void>{} : open_connections();
  if (done.ok()) done = serve(consuming_, ready);
  if (done.ok()) done = serve(publishing_, ready);
  if (done.ok()) {
    for (const auto& intake : intakes_) intake->run_timers();
    for (std::size_t i = 0; i < movers_.size(); ++i) {
      movers_[i]->run(front(i).settled_in() && main(i).settled_in());
    }
    give_back_stale();
    publisher_.pump(now);
    hand_out(want, events);
  }
  report(events);
  return done;
}

Result<void> RabbitmqBroker::serve(Connection& connection, const PollSet& ready) const {
  if (!connection.has_socket()) return {};
  const int fd = connection.fd();
  return connection.step(ready.readable(fd), ready.writable(fd), session_.now);
}

void RabbitmqBroker::hand_out(int want, BrokerEvents& events) {
  if (!session_.fetching) return;
  for (int i = 0; i < want; ++i) {
    Intake* intake = next_with_job();
    if (intake == nullptr) return;
    events.deliveries.push_back(intake->take());
  }
}

// A queue is passed over when the server has shown that there is nothing in it.
Intake* RabbitmqBroker::next_with_job() {
  for (const std::size_t index : order_.get()) {
    if (front(index).recounting() || main(index).recounting()) return nullptr;
    for (Intake* intake : {&front(index), &main(index)}) {
      if (intake->has_job()) {
        probe_.delivered(index);
        order_.took(index);
        return intake;
      }
      if (!intake->idle()) return nullptr;
    }
  }
  return nullptr;
}

// Where another master may have a worker for it. Nothing of that queue may be consumed here, or it
// would come back at once.
void RabbitmqBroker::give_back_stale() {
  for (const std::size_t index : order_.get()) {
    if (!front(index).stale() && !main(index).stale()) continue;
    front(index).give_back_all();
    main(index).give_back_all();
  }
}

void RabbitmqBroker::report(BrokerEvents& events) {
  report_blocked();
  if (std::string trouble = publisher_.take_trouble(); !trouble.empty()) {
    session_.warn(trouble + "; tried again each second");
  }
  if (serving() && !std::exchange(served_, true)) {
    resolvers_[host_].good();
    if (session_.cut_off_until == kNever) session_.cut_off_until = session_.now + kCutOffTime;
    session_.notice(BrokerEvents::Level::info, "RabbitMQ " + consuming_.server_version());
  }
  BrokerEvents& reports = session_.reports;
  move_to(events.published, reports.published);
  move_to(events.lost, reports.lost);
  move_to(events.notices, reports.notices);
  if (auto found = depths(); !found.empty()) events.depths = std::move(found);
}

void RabbitmqBroker::report_blocked() {
  const bool blocked = publishing_.blocked().has_value();
  if (std::exchange(blocked_, blocked) == blocked) return;
  if (blocked) {
    session_.warn("the server takes no messages: " + *publishing_.blocked() +
                  "; retries, dead letters and new jobs wait");
  } else if (publishing_.is_open()) {
    session_.notice(BrokerEvents::Level::info, "the server takes messages again");
  }
}

std::vector<QueueDepth> RabbitmqBroker::depths() {
  auto depths = probe_.take(session_.clock->now());
  for (std::size_t i = 0; i < depths.size(); ++i) {
    depths[i].delayed += movers_[i]->held();
    depths[i].in_flight = front(i).in_hand() + main(i).in_hand();
  }
  return depths;
}

// --- Output

void RabbitmqBroker::settle(Delivery job, Verdict verdict) {
  unflushed_ = true;
  const auto index = static_cast<std::size_t>(job.reservation & (kMostIntakes - 1));
  if (index < intakes_.size()) intakes_[index]->settle(std::move(job), std::move(verdict));
}

void RabbitmqBroker::publish(PublishToken token, NewJob job) {
  if (auto fine = check_new_job(job, session_.max_payload); !fine.ok()) {
    session_.reports.published.push_back({token, fine});
    return;
  }
  const std::string id = job.id.empty() ? new_job_id() : job.id;
  auto parcel = make_parcel(std::move(job), id, session_.queues, session_.clock->wall_now());
  ++publishes_;
  parcel.done = [this, token](const Result<void>& result) {
    --publishes_;
    session_.reports.published.push_back({token, result});
  };
  publisher_.publish(std::move(parcel));
  unflushed_ = true;
}

Result<void> RabbitmqBroker::flush(TimePoint now, int want) {
  session_.now = now;
  unflushed_ = false;
  if (!consuming_.is_open()) return {};
  fetch(want);
  for (const auto& intake : intakes_) intake->flush(want == 0 || !session_.fetching);
  publisher_.pump(now);
  if (auto written = consuming_.write(now); !written.ok()) return written;
  return publishing_.write(now);
}

// A queue is asked only when those before it have nothing. The queues beside them may be the first
// things that this session creates: while another master does so, too, the server can close the
// connection over it, and what was pushed from the queues themselves by then would come back
// marked, though nobody ran it.
void RabbitmqBroker::fetch(int want) {
  if (!session_.fetching || want <= 0) return;
  if (!std::all_of(movers_.begin(), movers_.end(),
                   [](const auto& mover) { return mover->proven(); })) {
    return;
  }
  for (const std::size_t index : order_.get()) {
    front(index).fetch(want);
    if (!front(index).proven()) return;
    main(index).fetch(want);
    if (!(front(index).idle() && main(index).idle())) return;
  }
}

}  // namespace narwhal::rabbitmq

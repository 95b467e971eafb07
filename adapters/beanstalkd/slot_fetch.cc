// The way of a job into the master's hand.
#include <algorithm>
#include <bit>
#include <utility>

#include "cut_off.h"
#include "sealing.h"
#include "slot.h"
#include "terms.h"

namespace narwhal::beanstalkd {
namespace {

// Jobs that are still running by then are worth asking how long they may.
constexpr Duration kLearnAfter = std::chrono::milliseconds{300};

// The kernel finds a dead line sooner (TCP keep-alive), unless a proxy answers for the server.
constexpr std::chrono::seconds kLongReserve{600};

}  // namespace

void Slot::reserve() {
  // A step later than the first holds only right after the one before it found nothing.
  if (next_step_turn_ != session_.turn) next_step_ = 0;
  step_ = session_.order.step(next_step_);
  highest_before_ = session_.highest;
  watch_tubes(step_.tubes);
  wait_ = longest_wait();
  append_reserve(command(Ask::reserve), to_seconds(wait_));
  if (sent_.size() == 1) overdue_at_ += wait_;
  set_phase(Phase::reserving);
}

std::chrono::seconds Slot::longest_wait() {
  if (!step_.wait) return std::chrono::seconds{0};
  probes_ = !std::exchange(session_.probing, true);
  return probes_ ? session_.probe_every : kLongReserve;
}

// New tubes first: the server refuses to ignore the last one.
void Slot::watch_tubes(TubeSet tubes) {
  if (tubes == watched_ && !watches_default_) return;
  const auto& names = session_.order.names();
  const auto each = [&](TubeSet set, const char* word) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if ((set >> i & 1) != 0) append_command(command(Ask::setting), word, names[i]);
    }
  };
  each(tubes & ~watched_, "watch");
  each(watched_ & ~tubes, "ignore");
  if (watches_default_) append_command(command(Ask::setting), "ignore", "default");
  watches_default_ = false;
  watched_ = tubes;
}

Result<void> Slot::on_reserve(Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::reserved:
      on_reserved(reply);
      return {};
    case ReplyKind::timed_out:
      next_step_ = std::min(next_step_ + 1, session_.order.last_step());
      next_step_turn_ = session_.turn;
      if (step_.wait) session_.unseen_cut_offs = 0;  // nothing is left that they could concern
      break;
    // This connection holds no job, so nothing is due soon; asking at once again would be a storm.
    case ReplyKind::deadline_soon:
    case ReplyKind::out_of_memory:
    case ReplyKind::internal_error:
      session_.hold_off("the server answered " + std::string(word_of(reply.kind)));
      break;
    default:
      return unexpected(Ask::reserve, reply);
  }
  set_phase(Phase::free);
  return {};
}

void Slot::on_reserved(Reply& reply) {
  job_.emplace();
  job_->id = reply.id;
  if (reply.skipped) {
    return set_aside("its " + std::to_string(reply.body_size) + " bytes are over max_payload");
  }
  job_->payload = std::move(reply.body);
  const Opened opened = open_envelope(job_->payload, job_->envelope);
  job_->sealed = opened == Opened::sealed;
  job_->raw = !job_->sealed && job_->payload.size() + kEnvelopeRoom > session_.max_job_size;
  find_tube();
  if (opened == Opened::damaged) return bury_damaged();
  if (!must_check()) return deliver();
  append_command(command(Ask::check), "stats-job", job_->id);
  set_phase(Phase::checking);
}

// Without asking: it is the one that was not empty, or the one named in the envelope.
void Slot::find_tube() {
  const auto& names = session_.order.names();
  if (names.size() == 1) {
    job_->tube = 0;
  } else if ((step_.tubes & (step_.tubes - 1)) == 0) {
    job_->tube = static_cast<std::size_t>(std::countr_zero(step_.tubes));
  } else if (job_->sealed) {
    job_->tube = session_.order.find(job_->envelope.queue);
  }
}

// A job that was reserved before, and not given back, has lost its master. It comes before all that
// were not, so its id is lower than that of a job seen already; where it is not, the budget finds
// it. Seen before it was asked for: the answers on several connections overtake each other.
bool Slot::must_check() {
  if (!job_->tube || job_->raw) return true;
  ServerId& highest = session_.highest[*job_->tube];
  const bool older = job_->id < highest_before_[*job_->tube];
  highest = std::max(highest, job_->id);
  return session_.checks.spend(session_.now) || older;
}

Result<void> Slot::on_check(const Reply& reply) {
  if (reply.kind == ReplyKind::not_found) {
    let_go();
    return {};
  }
  if (reply.kind != ReplyKind::ok) return unexpected(Ask::check, reply);
  job_->stats = read_job_stats(reply.body);
  if (!job_->tube) job_->tube = session_.order.find(job_->stats->tube);
  if (!job_->tube) return unexpected(Ask::check, reply);
  const std::uint32_t crashes = hidden_crashes();
  job_->told = true;
  Envelope& envelope = job_->envelope;
  note_cut_off(crashes, session_.clock->wall_now(), envelope.counters, envelope.history);
  if (crashes > 0 && fold()) return {};
  deliver();
  return {};
}

// Cut-off reservations that no envelope has counted yet. At most one: after the death of a master a
// job is looked at before it runs again, so more than one are the work of other masters'
// connections that broke before their master ever saw the job.
std::uint32_t Slot::hidden_crashes() {
  std::uint32_t crashes = job_->stats->cut_off();
  if (const auto excused = session_.excused.find(job_->id); excused != session_.excused.end()) {
    crashes -= std::min(crashes, excused->second);
    session_.excused.erase(excused);
  }
  const std::uint32_t unseen = std::min(crashes, session_.unseen_cut_offs);
  session_.unseen_cut_offs -= unseen;
  crashes -= unseen;
  // What no envelope can count is counted by the server alone, all of it.
  return job_->raw ? crashes : std::min(crashes, 1U);
}

// The server forgets its counts when it restarts, so an orphan is stored anew with its crashes in
// the envelope before it runs again, ahead of the others of its priority. False when it is too
// large.
bool Slot::fold() {
  if (job_->raw) return false;
  const std::string& tube = session_.order.names()[*job_->tube];
  Envelope envelope = job_->envelope;
  const WallTime now = session_.clock->wall_now();
  if (!job_->sealed) {
    envelope.id = "beanstalkd-" + std::to_string(job_->id);
    envelope.priority = from_server_priority(job_->stats->priority);
    envelope.enqueued_at = now - std::chrono::seconds{job_->stats->age};
  }
  envelope.queue = tube;
  envelope.ttr = job_->stats->ttr;
  envelope.ready_at = now;
  envelope.front = true;
  const auto head = seal_within(envelope, job_->payload.size(), session_.max_job_size);
  if (!head) return false;
  use(tube);
  const std::uint32_t priority = front_of(to_server_priority(envelope.priority));
  append_put(command(Ask::fold), {.priority = priority, .delay = 0, .ttr = envelope.ttr}, *head,
             job_->payload);
  set_phase(Phase::checking);
  return true;
}

Result<void> Slot::on_fold(const Reply& reply) {
  if (reply.kind != ReplyKind::inserted) {
    // No room for the copy: it runs as it is, counted by us alone.
    if (reply.kind == ReplyKind::buried) append_command(command(Ask::undo), "delete", reply.id);
    deliver();
    return {};
  }
  append_command(command(Ask::fold_delete, reply.id), "delete", job_->id);
  return {};
}

Result<void> Slot::on_fold_delete(const Reply& reply) {
  if (reply.kind != ReplyKind::deleted && reply.kind != ReplyKind::not_found) {
    return unexpected(Ask::fold_delete, reply);
  }
  let_go();
  return {};
}

// Where it is, and not by a copy: what is too large to be handed out is too large to be moved.
void Slot::set_aside(const std::string& reason) {
  session_.notice(BrokerEvents::Level::warning, "job buried in its tube: " + reason,
                  {{"job", std::to_string(job_->id)}});
  append_bury(command(Ask::set_aside), job_->id, to_server_priority(kDefaultPriority));
  set_phase(Phase::settling);
}

// To the dead letters, with the whole body as its payload.
void Slot::bury_damaged() {
  const std::string reason = "its envelope is damaged";
  session_.notice(BrokerEvents::Level::warning, "job dead",
                  {{"job", "beanstalkd-" + std::to_string(job_->id)}, {"error", reason}});
  Settling settling;
  settling.delivery.id = "beanstalkd-" + std::to_string(job_->id);
  settling.delivery.queue = session_.order.names()[job_->tube.value_or(0)];
  settling.delivery.payload = std::move(job_->payload);
  settling.verdict.action = Verdict::Action::bury;
  settling.verdict.reason = reason;
  settling_ = std::move(settling);
  ++session_.unconfirmed;
  set_phase(Phase::settling);
  append_command(command(Ask::count), "stats-job", job_->id);
}

void Slot::deliver() {
  TakenJob& job = *job_;
  session_.last_reservation += Reservation{1} << kSlotBits;
  job.reservation = session_.last_reservation | index_;
  Delivery delivery;
  delivery.reservation = job.reservation;
  delivery.queue = session_.order.names()[*job.tube];
  delivery.payload = std::move(job.payload);
  delivery.counters = job.envelope.counters;
  if (job.sealed) {
    delivery.id = std::move(job.envelope.id);
    delivery.priority = job.envelope.priority;
    delivery.enqueued_at = job.envelope.enqueued_at;
    delivery.history = std::move(job.envelope.history);
  } else {
    delivery.id = "beanstalkd-" + std::to_string(job.id);
    if (job.stats) {
      delivery.priority = from_server_priority(job.stats->priority);
      delivery.enqueued_at = session_.clock->wall_now() - std::chrono::seconds{job.stats->age};
      if (job.raw) delivery.counters.attempts = job.stats->releases;
    }
  }
  const std::uint32_t ttr = job.ttr();
  job.touch_at = session_.now + (ttr == 0 ? kLearnAfter : Duration{std::chrono::seconds{ttr}} / 3);
  session_.reports.deliveries.push_back(std::move(delivery));
  set_phase(Phase::held);
}

// The job is not ours any more; the connection is.
void Slot::let_go() {
  job_.reset();
  set_phase(Phase::free);
}

}  // namespace narwhal::beanstalkd

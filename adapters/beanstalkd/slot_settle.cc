// What becomes of a job that was handed out.
#include <algorithm>
#include <utility>

#include "cut_off.h"
#include "sealing.h"
#include "slot.h"
#include "terms.h"

namespace narwhal::beanstalkd {
namespace {

// A server that refuses to store a job for now is asked again this often.
constexpr Duration kStoreAgain = std::chrono::seconds{1};

}  // namespace

void Slot::settle(Delivery delivery, Verdict verdict) {
  ++session_.unconfirmed;
  if (verdict.action == Verdict::Action::ack) return ack();
  settling_ = Settling{std::move(delivery), std::move(verdict), 0, kNever};
  set_phase(Phase::settling);
  if (settling_->verdict.action != Verdict::Action::release) {
    // A copy may be stored only by who still has the job.
    append_command(command(Ask::prove), "touch", job_->id);
  } else if (job_->sealed || job_->stats) {
    return release();
  }
  if (!job_->stats) {
    append_command(command(Ask::count), "stats-job", job_->id);
  }
}

void Slot::ack() {
  append_command(command(Ask::ack, job_->id), "delete", job_->id);
  let_go();
}

// With its old priority it is in its old place again, since its id is the lower one.
void Slot::release() {
  std::uint32_t priority = to_server_priority(job_->envelope.priority);
  if (job_->envelope.front) priority = front_of(priority);
  if (job_->stats) priority = job_->stats->priority;
  const bool retry = settling_->verdict.action == Verdict::Action::retry;
  const std::uint32_t delay = retry ? to_seconds(settling_->verdict.delay) : 0;
  append_release(command(Ask::release, job_->id), job_->id, priority, delay);
  // What was handed out is settled by its reservation from here on.
  settling_.reset();
  let_go();
}

void Slot::carry_out() {
  if (settling_->verdict.action == Verdict::Action::release) return release();
  // Crashes that nobody knew of when the job was handed out.
  if (!std::exchange(job_->told, true)) {
    Verdict& verdict = settling_->verdict;
    note_cut_off(hidden_crashes(), session_.clock->wall_now(), verdict.counters, verdict.history);
  }
  store();
}

// The copy first: killed before the original is deleted, the job runs once more but is not lost.
void Slot::store() {
  const Delivery& job = settling_->delivery;
  const Verdict& verdict = settling_->verdict;
  const bool dead = verdict.action == Verdict::Action::bury;
  const WallTime now = session_.clock->wall_now();
  Envelope envelope;
  envelope.id = job.id;
  envelope.queue = job.queue;
  envelope.history = verdict.history;
  envelope.reason = verdict.reason;
  envelope.priority = job.priority;
  envelope.counters = verdict.counters;
  envelope.enqueued_at = job.enqueued_at;
  envelope.ttr = std::max(job_->ttr(), 1U);
  envelope.ready_at = now + std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
  if (dead) envelope.died_at = now;
  const auto head = seal_within(std::move(envelope), job.payload.size(), session_.max_job_size);
  if (!head && !dead) return release();
  PutOptions options;
  options.priority = to_server_priority(dead ? kDefaultPriority : job.priority);
  options.delay = dead ? 0 : to_seconds(verdict.delay);
  options.ttr = dead ? kDeadTtr : std::max(job_->ttr(), 1U);
  use(dead ? dead_tube(job.queue) : job.queue);
  append_put(command(Ask::store), options, head ? *head : std::string{}, job.payload);
}

Result<void> Slot::on_ack(const Reply& reply, const Sent& sent) {
  --session_.unconfirmed;
  if (reply.kind == ReplyKind::deleted) return {};
  if (reply.kind != ReplyKind::not_found) return unexpected(Ask::ack, reply);
  session_.lost(sent.reservation, "finished after its time to run; it may run twice");
  return {};
}

Result<void> Slot::on_release(const Reply& reply, const Sent& sent) {
  --session_.unconfirmed;
  switch (reply.kind) {
    case ReplyKind::released:
      return {};
    case ReplyKind::not_found:
      session_.lost(sent.reservation, "given back after its time to run");
      return {};
    // The server had no memory to queue it, but it has the job.
    case ReplyKind::buried:
      append_command(command(Ask::kick), "kick-job", sent.id);
      return {};
    default:
      return unexpected(Ask::release, reply);
  }
}

Result<void> Slot::on_prove(const Reply& reply) {
  if (reply.kind == ReplyKind::not_found) {
    lost_job("its time to run was over before it was settled");
    return {};
  }
  if (reply.kind != ReplyKind::touched) return unexpected(Ask::prove, reply);
  if (job_ && settling_ && job_->stats) carry_out();
  return {};
}

Result<void> Slot::on_count(const Reply& reply) {
  if (!settling_) return {};  // it proved to be lost
  if (reply.kind == ReplyKind::not_found) {
    lost_job("somebody deleted it");
    return {};
  }
  if (reply.kind != ReplyKind::ok) return unexpected(Ask::count, reply);
  job_->stats = read_job_stats(reply.body);
  carry_out();
  return {};
}

Result<void> Slot::on_store(const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::inserted:
      session_.refuses = false;
      settling_->stored = reply.id;
      append_command(command(Ask::store_delete), "delete", job_->id);
      return {};
    case ReplyKind::buried:
      append_command(command(Ask::undo), "delete", reply.id);
      store_again_later(reply);
      return {};
    case ReplyKind::draining:
    case ReplyKind::out_of_memory:
    case ReplyKind::internal_error:
    case ReplyKind::job_too_big:
      store_again_later(reply);
      return {};
    default:
      return unexpected(Ask::store, reply);
  }
}

void Slot::store_again_later(const Reply& reply) {
  if (!std::exchange(session_.refuses, true)) {
    session_.notice(BrokerEvents::Level::warning,
                    "unable to store retries and dead letters, which are held until it works: "
                    "the server answered " +
                        std::string(word_of(reply.kind)));
  }
  ++session_.stuck;
  settling_->store_at = session_.now + kStoreAgain;
}

void Slot::stop_waiting() {
  if (settling_->store_at == kNever) return;
  --session_.stuck;
  settling_->store_at = kNever;
}

Result<void> Slot::on_store_delete(const Reply& reply) {
  if (reply.kind == ReplyKind::deleted) {
    confirmed();
    return {};
  }
  if (reply.kind != ReplyKind::not_found) return unexpected(Ask::store_delete, reply);
  // It went to somebody else at the last moment, and must not be there twice.
  append_command(command(Ask::undo), "delete", settling_->stored);
  lost_job("its time to run was over while it was being stored");
  return {};
}

Result<void> Slot::on_learn(const Reply& reply) {
  if (!job_) return {};
  if (reply.kind == ReplyKind::not_found) {
    if (phase_ == Phase::held) lost_job("somebody deleted it");
    return {};
  }
  if (reply.kind != ReplyKind::ok) return unexpected(Ask::learn, reply);
  job_->stats = read_job_stats(reply.body);
  job_->touch_at = session_.now + Duration{std::chrono::seconds{job_->ttr()}} / 3;
  // The time to run may be little more than what has passed.
  append_command(command(Ask::touch), "touch", job_->id);
  return {};
}

Result<void> Slot::on_touch(const Reply& reply) {
  if (reply.kind != ReplyKind::touched && reply.kind != ReplyKind::not_found) {
    return unexpected(Ask::touch, reply);
  }
  if (!job_) return {};
  if (reply.kind == ReplyKind::touched) {
    job_->touch_at = session_.now + Duration{std::chrono::seconds{job_->ttr()}} / 3;
    return {};
  }
  // While a copy is on its way, the delete that follows tells.
  const bool waiting = settling_ && settling_->store_at != kNever;
  if (phase_ == Phase::held || waiting) lost_job("its time to run was over");
  return {};
}

void Slot::confirmed() {
  --session_.unconfirmed;
  settling_.reset();
  let_go();
}

void Slot::lost_job(const std::string& reason) {
  if (settling_) {
    stop_waiting();
    --session_.unconfirmed;
    settling_.reset();
  }
  if (job_->reservation != 0) session_.lost(job_->reservation, reason);
  let_go();
}

}  // namespace narwhal::beanstalkd

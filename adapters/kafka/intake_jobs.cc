// What becomes of the jobs of an Intake: those that come, and those that are settled.
#include <algorithm>

#include "intake.h"
#include "names.h"
#include "narwhal/orphan_run.h"
#include "new_job.h"

namespace narwhal::kafka {
namespace {

Envelope to_envelope(const Delivery& job, const Partition::Held& held) {
  Envelope envelope;
  envelope.id = job.id;
  envelope.priority = job.priority;
  envelope.enqueued_at = job.enqueued_at;
  envelope.headers = job.headers;
  envelope.key = held.key;
  envelope.origin = held.origin;
  return envelope;
}

Delivery to_delivery(Envelope envelope, const std::string& queue, std::string payload) {
  Delivery job;
  job.id = std::move(envelope.id);
  job.queue = queue;
  job.payload = std::move(payload);
  job.priority = envelope.priority;
  job.counters = envelope.counters;
  job.enqueued_at = envelope.enqueued_at;
  job.history = std::move(envelope.history);
  job.headers = std::move(envelope.headers);
  return job;
}

}  // namespace

// --- What comes

void Intake::on_message(Partition& partition, const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return on_trouble(partition, message);
  partition.at_end = false;
  partition.unknown_since = session_.now;
  const std::int64_t offset = message.offset;
  Ledger& ledger = partition.ledger();
  if (std::exchange(partition.reset, false)) {
    const std::int64_t before = ledger.next();
    if (offset < before) ledger.forget();
    if (before != Ledger::kUnknown)
      session_.warn(
          "the position in a topic was out of range: what stood there was deleted, or the "
          "topic was created anew; going on at the first message there is",
          {{"queue", queue_},
           {"partition", std::int64_t{partition.number}},
           {"from", before},
           {"to", offset}});
  }
  const Ledger::Arrival arrival = ledger.arrived(offset);
  // What was passed over as never a message may have moved the mark.
  if (arrival == Ledger::Arrival::finished) partition.touch();
  if (arrival == Ledger::Arrival::finished || arrival == Ledger::Arrival::known) return;

  const MessagePlace place = place_of(message);
  if (message.payload == nullptr) {
    session_.notice(BrokerEvents::Level::info, "message without a value passed over",
                    {{"queue", queue_}, {"origin", origin_of(place)}});
    return partition.finish(offset);
  }
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  Envelope envelope = read_envelope(headers, place, session_.clock->wall_now());
  if (envelope.origin.empty()) envelope.origin = origin_of(place);
  std::string payload(static_cast<const char*>(message.payload), message.len);
  if (payload.size() > session_.max_payload) {
    return set_aside(partition, offset, std::move(envelope), std::move(payload));
  }
  if (arrival == Ledger::Arrival::orphan) {
    return renew_orphan(partition, offset, std::move(envelope), std::move(payload));
  }
  Partition::Waiting waiting;
  waiting.offset = offset;
  waiting.key = envelope.key;
  waiting.origin = envelope.origin;
  const std::optional<WallTime> due = envelope.due;
  waiting.job = to_delivery(std::move(envelope), queue_, std::move(payload));
  partition.bytes += waiting.job.payload.size();
  if (due && *due > session_.clock->wall_now()) {
    partition.timed.emplace(*due, std::move(waiting));
  } else {
    partition.fetched.push_back(std::move(waiting));
  }
}

void Intake::on_trouble(Partition& partition, const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      partition.at_end = true;
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      partition.reset = true;
      return assignment_.restart(partition);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    default:
      session_.warn("unable to fetch from a topic",
                    {{"queue", queue_},
                     {"partition", std::int64_t{partition.number}},
                     {"error", std::string(rd_kafka_message_errstr(&message))}});
  }
}

// No worker may be given it.
void Intake::set_aside(Partition& partition, std::int64_t offset, Envelope envelope,
                       std::string payload) {
  envelope.reason = "payload of " + std::to_string(payload.size()) +
                    " bytes is over max_payload (" + std::to_string(session_.max_payload) +
                    " bytes)";
  session_.reports.set_aside.push_back({envelope.id, queue_, envelope.reason});
  ++partition.moving;
  store(partition, 0, offset, to_dead(std::move(envelope), std::move(payload)));
}

// Stored anew before it runs, so that the next crash finds this one counted.
void Intake::renew_orphan(Partition& partition, std::int64_t offset, Envelope envelope,
                          std::string payload) {
  const Claimant claimant = read_claimant(partition.ledger().claimant(offset));
  envelope.history = add_orphan_run(envelope.history, {.master = claimant.master,
                                                       .pid = claimant.pid,
                                                       .found_at = session_.clock->wall_now(),
                                                       .attempt = envelope.counters.attempts + 1});
  ++envelope.counters.crashes;
  envelope.due.reset();
  ++partition.moving;
  ++renewing_;
  store(partition, 0, offset, to_retry(queue_, envelope, std::move(payload)), Original::orphan);
}

// --- What becomes of them

void Intake::settle(Partition& partition, Reservation reservation, Delivery job, Verdict verdict) {
  Partition::Held& held = partition.held.at(reservation);
  if (held.settling) return;
  const std::int64_t offset = held.offset;
  if (verdict.action == Verdict::Action::ack) {
    partition.held.erase(reservation);
    return partition.finish(offset, reservation);
  }
  if (verdict.action == Verdict::Action::release) {
    Partition::Waiting waiting{.offset = offset,
                               .job = std::move(job),
                               .key = std::move(held.key),
                               .origin = std::move(held.origin)};
    partition.held.erase(reservation);
    partition.put_back(std::move(waiting));
    return partition.settled(reservation);
  }
  Envelope envelope = to_envelope(job, held);
  envelope.counters = verdict.counters;
  envelope.history = std::move(verdict.history);
  held.settling = true;
  if (verdict.action == Verdict::Action::bury) {
    envelope.reason = std::move(verdict.reason);
    return store(partition, reservation, offset,
                 to_dead(std::move(envelope), std::move(job.payload)));
  }
  if (verdict.delay > Duration{0}) {
    envelope.due =
        session_.clock->wall_now() + std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
  }
  const std::string queue = verdict.rewritten ? job.queue : queue_;
  store(partition, reservation, offset, to_retry(queue, envelope, std::move(job.payload)));
}

Parcel Intake::to_retry(const std::string& queue, const Envelope& envelope,
                        std::string payload) const {
  Outgoing message =
      kafka::to_retry(session_.location, queue, envelope, session_.clock->wall_now());
  Parcel parcel;
  parcel.queue = queue;
  parcel.topic = std::move(message.topic);
  parcel.key = std::move(message.key);
  parcel.headers = std::move(message.headers);
  parcel.payload = std::move(payload);
  return parcel;
}

Parcel Intake::to_dead(Envelope envelope, std::string payload) const {
  envelope.died_at = session_.clock->wall_now();
  Parcel parcel;
  parcel.queue = queue_;
  parcel.topic = dead_topic(session_.location.topic(queue_));
  // Every message of jobs has an origin, and no two have the same.
  parcel.key = envelope.origin;
  parcel.headers = write_envelope(envelope, KeyIn::header);
  parcel.payload = std::move(payload);
  return parcel;
}

void Intake::store(Partition& partition, Reservation reservation, std::int64_t offset,
                   Parcel parcel, Original original) {
  parcel.patient = true;
  parcel.done = [this, epoch = partition.epoch, reservation, offset,
                 original](const Result<void>&) {
    if (original == Original::orphan) --renewing_;
    Partition* still = assignment_.find(epoch);
    if (still == nullptr) return;
    if (reservation == 0) {
      --still->moving;
    } else {
      still->held.erase(reservation);
    }
    still->finish(offset, reservation);
  };
  publisher_.publish(std::move(parcel));
}

}  // namespace narwhal::kafka

// The jobs of a DelayMover: how they come, and how they are moved.
#include "delay.h"
#include "delay_mover.h"

namespace narwhal::rabbitmq {

Result<void> DelayMover::on_content(Content& content) {
  const WallTime now = session_.clock->wall_now();
  const Envelope envelope = read_envelope(content.properties, content.body,
                                          session_.queues.max_priority, now, session_.pool);
  const std::size_t level = level_of(content.consumer);
  if (level == kDelayLevels.size()) return {};
  shelf_.put({.level = level,
              .tag = content.tag,
              .due = envelope.due.value_or(now),
              .entered = envelope.delayed_at,
              .since = now,
              .returned = envelope.returns > 0,
              .properties = std::move(content.properties),
              .body = std::move(content.body)});
  return {};
}

void DelayMover::move(Delayed job) {
  const WallTime now = session_.clock->wall_now();
  Envelope envelope =
      read_envelope(job.properties, job.body, session_.queues.max_priority, now, session_.pool);
  Publisher::Parcel parcel;
  if (job.due > now) {
    parcel.to = delay(envelope, queue_, job.due, now);
  } else {
    parcel.to = jobs_spec(queue_);
    envelope.due.reset();
  }
  parcel.id = envelope.id;
  parcel.properties =
      write_envelope(std::move(envelope), job.properties, session_.queues.max_priority,
                     session_.header_room, session_.pool);
  parcel.body = std::move(job.body);
  parcel.patient = true;
  const std::uint64_t number = session_.new_reservation(0);
  parcel.original = number;
  parcel.done = [this, number](const Result<void>& result) {
    if (result.ok()) moved(number);
  };
  moving_.emplace(number, Moving{job.level, job.tag});
  publisher_.publish(std::move(parcel));
}

void DelayMover::moved(std::uint64_t number) {
  const auto found = moving_.find(number);
  if (found == moving_.end()) return;
  channel_.ack(found->second.tag, /*multiple=*/false);
  shelf_.left(found->second.level);
  moving_.erase(found);
}

}  // namespace narwhal::rabbitmq

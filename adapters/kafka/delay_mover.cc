#include "delay_mover.h"

#include <algorithm>

#include "delay_levels.h"
#include "new_job.h"

namespace narwhal::kafka {
namespace {

// So many copies of one level are under way at once.
constexpr std::size_t kMostMoving = 200;

}  // namespace

DelayMover::DelayMover(Session& session, Assignment& assignment, Publisher& publisher,
                       std::string queue)
    : session_(session), assignment_(assignment), publisher_(publisher), queue_(std::move(queue)) {}

void DelayMover::add(Partition& partition, std::size_t level) {
  levels_.push_back({.partition = &partition, .span = kDelayLevels[level], .first = {}});
}

void DelayMover::remove(const Partition& partition) {
  std::erase_if(levels_, [&](const Level& level) { return level.partition == &partition; });
}

void DelayMover::run() {
  for (Level& level : levels_) run(level);
}

void DelayMover::run(Level& level) {
  Partition& partition = *level.partition;
  while (!partition.revoked) {
    if (partition.moving >= kMostMoving) return;  // goes on when some are stored
    if (level.first.empty()) {
      if (!partition.ledger().has_room()) return;
      const Message message = partition.poll();
      if (!message) return;
      on_message(level, *message);
    } else if (level.first.front().move_at <= session_.clock->wall_now()) {
      move(level);
    } else {
      return;
    }
  }
}

void DelayMover::on_message(const Partition& partition, const rd_kafka_message_t& message) {
  for (Level& level : levels_) {
    if (level.partition == &partition) on_message(level, message);
  }
}

void DelayMover::on_message(Level& level, const rd_kafka_message_t& message) {
  Partition& partition = *level.partition;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    partition.at_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      session_.warn("delayed jobs were deleted before they were due",
                    {{"queue", queue_}, {"from", partition.ledger().next()}});
      partition.ledger().forget();
      assignment_.restart(partition);
    }
    return;
  }
  const Ledger::Arrival arrival = partition.ledger().arrived(message.offset);
  if (arrival == Ledger::Arrival::finished) partition.touch();
  if (arrival == Ledger::Arrival::finished || arrival == Ledger::Arrival::known) return;
  if (message.payload == nullptr) return partition.finish(message.offset);

  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  const MessagePlace place = place_of(message);
  const WallTime now = session_.clock->wall_now();
  Waiting waiting{.offset = message.offset,
                  .envelope = read_envelope(headers, place, now),
                  .payload = {static_cast<const char*>(message.payload), message.len}};
  if (waiting.envelope.origin.empty()) waiting.envelope.origin = origin_of(place);
  // A clock that was ahead must not hold up those that stand behind.
  const WallTime entered =
      place.timestamp < 0 ? now : std::min(now, from_unix_micros(place.timestamp * 1000));
  waiting.move_at = std::min(entered + level.span, waiting.envelope.due.value_or(now));
  level.first.push_back(std::move(waiting));
}

void DelayMover::move(Level& level) {
  Waiting waiting = std::move(level.first.front());
  level.first.pop_front();
  Outgoing message =
      to_retry(session_.location, queue_, waiting.envelope, session_.clock->wall_now());
  Parcel parcel;
  parcel.queue = queue_;
  parcel.topic = std::move(message.topic);
  parcel.key = std::move(message.key);
  parcel.headers = std::move(message.headers);
  parcel.payload = std::move(waiting.payload);
  parcel.patient = true;
  parcel.done = [this, epoch = level.partition->epoch,
                 offset = waiting.offset](const Result<void>&) {
    Partition* still = assignment_.find(epoch);
    if (still == nullptr) return;
    --still->moving;
    still->finish(offset);
  };
  ++level.partition->moving;
  publisher_.publish(std::move(parcel));
}

WallTime DelayMover::next() const {
  WallTime next = WallTime::max();
  for (const Level& level : levels_) {
    const bool busy = level.partition->moving >= kMostMoving || level.partition->revoked;
    if (!level.first.empty() && !busy) next = std::min(next, level.first.front().move_at);
  }
  return next;
}

}  // namespace narwhal::kafka

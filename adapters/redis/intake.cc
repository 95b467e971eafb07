#include "intake.h"

namespace narwhal::redis {

void Intake::hand_out(std::size_t queue, Reservation number, std::string_view stored) {
  Delivery job;
  job.reservation = number;
  job.queue = queues_[queue];
  format_.read(stored, job);
  if (job.id.empty()) job.id = id_of_unnamed(claims_.unique(number));
  if (job.enqueued_at == WallTime{}) job.enqueued_at = clock_.wall_now();
  claims_.add(number, job.queue, format_.keeps_stored() ? std::string(stored) : std::string{});
  reports_.deliver(std::move(job));
  order_.took(queue);
}

}  // namespace narwhal::redis

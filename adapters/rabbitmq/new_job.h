// A new job as a message: for the producer, and for jobs that are published through the master.
#pragma once

#include "location.h"
#include "narwhal/producer.h"
#include "publisher.h"

namespace narwhal::rabbitmq {

// Says why the job cannot be stored.
Result<void> check_new_job(const NewJob& job, std::size_t max_payload);

// Precondition: checked. Without `done`.
Publisher::Parcel make_parcel(NewJob job, const std::string& id, const QueueSettings& settings,
                              WallTime now);

}  // namespace narwhal::rabbitmq

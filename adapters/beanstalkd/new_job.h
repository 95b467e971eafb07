// A new job as one put: for the producer, and for jobs that are published through the master.
#pragma once

#include <string>

#include "narwhal/producer.h"
#include "protocol.h"

namespace narwhal::beanstalkd {

struct PutLimits {
  std::size_t max_payload = 0;   // ours
  std::size_t max_job_size = 0;  // the server's, envelope included
};

// The largest payload whose envelope fits beside it.
std::size_t room_for_payload(std::size_t max_job_size);

struct Put {
  PutOptions options;
  std::string head;  // the envelope
};

// Says why the job cannot be stored.
Result<void> check_new_job(const NewJob& job, const PutLimits& limits);
// Precondition: checked.
Put make_put(const NewJob& job, const std::string& id, std::uint32_t ttr, WallTime now);

}  // namespace narwhal::beanstalkd

// A new job as a message: for the producer, and for jobs that are published through the master.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "envelope.h"
#include "location.h"
#include "narwhal/producer.h"

namespace narwhal::kafka {

// Says why the job cannot be stored.
Result<void> check_new_job(const NewJob& job, const Location& location, std::size_t max_payload);

// What is to be stored, and where.
struct Outgoing {
  std::string topic;
  std::optional<std::string> key;
  MessageHeaders headers;
};

// A job that is to run when `envelope` says that it is due, or at once: among those that wait, or
// before those of the queue itself.
Outgoing to_retry(const Location& location, const std::string& queue, const Envelope& envelope,
                  WallTime now);

// Precondition: checked. The payload stays with the caller.
Outgoing to_message(const NewJob& job, const std::string& id, const Location& location,
                    WallTime now);

}  // namespace narwhal::kafka

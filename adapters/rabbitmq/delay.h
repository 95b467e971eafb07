// How a job is put where it waits until it is due. Pure.
#pragma once

#include <string>

#include "delay_levels.h"
#include "envelope.h"
#include "queue_spec.h"

namespace narwhal::rabbitmq {

// Writes it into the envelope; returns the queue for it.
inline QueueSpec delay(Envelope& envelope, const std::string& queue, WallTime due, WallTime now) {
  envelope.due = due;
  envelope.delayed_at = now;
  return delay_spec(queue, delay_level(due - now));
}

}  // namespace narwhal::rabbitmq

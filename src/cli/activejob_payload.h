// A job in the form in which ActiveJob serializes it, so what the command line enqueues runs in
// Ruby and in C++ alike. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal {

struct ActiveJobFields {
  std::string_view job_class;
  std::string_view id;
  std::string_view queue;
  std::string_view arguments;  // a JSON array, checked; put in byte for byte
  std::optional<std::int32_t> priority;
  WallTime enqueued_at;
  std::optional<WallTime> scheduled_at;
};

std::string activejob_payload(const ActiveJobFields& job);

}  // namespace narwhal

// DeadRecord: a dead letter as Narwhal's own format keeps it, a member of the sorted set
// narwhal:dead:<queue> whose score is the time of death. Pure.
//
//   unique:32  reason size:2  reason  stored job
#pragma once

#include <string>
#include <string_view>

#include "format.h"

namespace narwhal::redis {

inline constexpr std::size_t kLongestReason = 1000;

struct DeadRecord {
  std::string_view unique;
  std::string_view reason;
  std::string_view stored;
};

std::string write_dead_record(const DeadRecord& record);
// Views into `member`; one that cannot be read is all `stored`.
DeadRecord read_dead_record(std::string_view member);

}  // namespace narwhal::redis

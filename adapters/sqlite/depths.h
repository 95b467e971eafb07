// How many jobs wait in which state, for the metrics. Counting walks an index, so it is the writer
// thread's work, never the loop's.
#pragma once

#include <string>
#include <vector>

#include "database.h"
#include "narwhal/broker.h"

namespace narwhal::sqlite {

// One entry per queue named, in that order.
Result<std::vector<QueueDepth>> count_depths(Database& database,
                                             const std::vector<std::string>& queues, WallTime now);

}  // namespace narwhal::sqlite

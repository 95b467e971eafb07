// Depths: how long the queues are, for status and metrics; asked for now and then.
#pragma once

#include <string>
#include <vector>

#include "format.h"
#include "narwhal/broker.h"
#include "resp.h"

namespace narwhal::redis {

// KEYS consumers;  ARGV prefix of in-flight keys.
// Reply: for each queue { ready, delayed, dead, start of the oldest ready job }, then the fields of
// every in-flight hash.
std::string depths_script(const Keys& keys, const ScriptParts& parts,
                          const std::vector<std::string>& queues);

// Empty when the reply makes no sense.
std::vector<QueueDepth> read_depths(const redisReply& reply, const std::vector<std::string>& queues,
                                    const Format& format, WallTime now);

}  // namespace narwhal::redis

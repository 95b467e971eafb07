// What a Redis Cluster wants of keys, and what its nodes say about where a slot is. All keys of one
// broker table share a hash tag, hence a slot, hence a node: a script may use them all. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "location.h"
#include "resp.h"

namespace narwhal::redis {

// Where an error reply says the slot is for good; `asked`: the node that said so, since it may
// leave its own host out. None for all other errors.
std::optional<HostPort> moved_to(std::string_view error, const HostPort& asked);

// True for errors by which a node says that it does not serve the slot, or not at present: nothing
// was carried out, and another node, or the same one later, will do it.
bool is_elsewhere(std::string_view error);

// The nodes in a reply to CLUSTER SLOTS, masters first.
std::vector<HostPort> nodes_in(const redisReply& slots, const HostPort& asked);

}  // namespace narwhal::redis

// ClusterCase: the base of the tests of what is special to a Redis Cluster. The tests of a process
// share one of three masters; each has a hash tag of its own.
#pragma once

#include "redis_case.h"
#include "tests/support/redis_cluster.h"

namespace narwhal::test {

class ClusterCase : public testing::Test, protected Parties {
 protected:
  ClusterCase();

  [[nodiscard]] std::string prefix() const { return options.at("prefix"); }
  [[nodiscard]] std::string list() const { return prefix() + "queue:default"; }
  [[nodiscard]] std::size_t owner() const { return cluster.owner(prefix()); }
  // A master without our slot.
  [[nodiscard]] std::size_t other() const { return (owner() + 1) % RedisCluster::kMasters; }
  // Of the node that has our slot.
  long long number(const std::vector<std::string>& words) const {
    return cluster.node(owner()).number(words);
  }

  RedisCluster& cluster;
};

}  // namespace narwhal::test

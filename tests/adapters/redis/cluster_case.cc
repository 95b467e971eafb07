#include "cluster_case.h"

namespace narwhal::test {
namespace {

RedisCluster& shared_cluster() {
  static RedisCluster cluster;
  return cluster;
}

}  // namespace

ClusterCase::ClusterCase() : Parties(redis_broker_type()), cluster(shared_cluster()) {
  static int number = 0;
  url = cluster.url();
  capacity = 100;
  options = {{"prefix", "{case" + std::to_string(++number) + "}:"}};
}

}  // namespace narwhal::test

#include "cluster_case.h"

namespace narwhal::test {
namespace {

RedisCluster& shared_cluster() {
  static RedisCluster cluster;
  return cluster;
}

}  // namespace

ClusterCase::ClusterCase() : cluster(shared_cluster()) {
  static int number = 0;
  url = cluster.url();
  options = {{"prefix", "{case" + std::to_string(++number) + "}:"}};
}

}  // namespace narwhal::test

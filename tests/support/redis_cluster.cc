#include "redis_cluster.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <random>
#include <stdexcept>
#include <thread>

#include "narwhal/unique_fd.h"

namespace narwhal::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{30};
constexpr int kSlots = 16384;

bool is_free(int port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

// The nodes talk among themselves at a port 10000 above. Both below those that the system gives to
// outgoing connections.
int unused_pair() {
  std::random_device source;
  std::uniform_int_distribution<int> any(11000, 22000);
  while (true) {
    const int port = any(source);
    if (is_free(port) && is_free(port + 10000)) return port;
  }
}

void await(const char* what, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(std::string("the cluster does not come to ") + what);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace

RedisCluster::RedisCluster(std::size_t replicas, int node_timeout, RedisServer::Settings settings,
                           Way way)
    : way_(way) {
  settings.insert(settings.begin(),
                  {"--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-node-timeout",
                   std::to_string(node_timeout), "--appendonly", "yes", "--appendfsync", "no",
                   "--repl-diskless-sync-delay", "0"});
  for (std::size_t i = 0; i < kMasters + replicas; ++i) start(settings);
  introduce();
  for (std::size_t i = kMasters; i < nodes_.size(); ++i) replicate(i);
  await_ok();
}

void RedisCluster::start(RedisServer::Settings settings) {
  const int port = unused_pair();
  if (way_ == Way::tls) {
    settings.insert(settings.end(), {"--port", "0", "--tls-port", std::to_string(port),
                                     "--tls-cluster", "yes", "--tls-replication", "yes"});
  }
  ports_.push_back(port);
  nodes_.push_back(std::make_unique<RedisServer>(std::move(settings), port));
}

void RedisCluster::introduce() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    node(i).call({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    if (i > 0) node(i).call({"CLUSTER", "MEET", "127.0.0.1", std::to_string(ports_[0])});
  }
  for (std::size_t i = 0; i < kMasters; ++i) {
    std::vector<std::string> words = {"CLUSTER", "ADDSLOTS"};
    for (int slot = static_cast<int>(i); slot < kSlots; slot += kMasters) {
      words.push_back(std::to_string(slot));
    }
    node(i).call(words);
  }
}

void RedisCluster::replicate(std::size_t replica) {
  const std::string master = id(0);
  await("know its first node", [&] {
    return node(replica).text({"CLUSTER", "NODES"}).find(master) != std::string::npos;
  });
  node(replica).call({"CLUSTER", "REPLICATE", master});
  await("have a replica", [&] {
    return node(replica).text({"INFO", "replication"}).find("master_link_status:up") !=
           std::string::npos;
  });
}

void RedisCluster::await_ok() {
  const std::string known = "cluster_known_nodes:" + std::to_string(nodes_.size());
  for (const auto& each : nodes_) {
    if (each->pid() <= 0) continue;
    await("agree", [&] {
      const std::string info = each->text({"CLUSTER", "INFO"});
      return info.find("cluster_state:ok") != std::string::npos &&
             info.find("cluster_slots_assigned:16384") != std::string::npos &&
             info.find(known) != std::string::npos;
    });
  }
}

std::string RedisCluster::place(std::size_t index) const {
  return "127.0.0.1:" + std::to_string(ports_[index]);
}

std::string RedisCluster::url(std::size_t index) const {
  return (way_ == Way::tls ? "rediss://" : "redis://") + place(index);
}

std::string RedisCluster::url() const {
  std::string url = way_ == Way::tls ? "rediss+cluster://" : "redis+cluster://";
  for (std::size_t i = 0; i < ports_.size(); ++i) url += (i > 0 ? "," : "") + place(i);
  return url;
}

std::string RedisCluster::id(std::size_t index) { return node(index).text({"CLUSTER", "MYID"}); }

std::string RedisCluster::slot(const std::string& key) {
  for (const auto& each : nodes_) {
    if (each->pid() > 0) return std::to_string(each->number({"CLUSTER", "KEYSLOT", key}));
  }
  throw std::runtime_error("no node runs");
}

// All others send away who asks.
std::size_t RedisCluster::owner(const std::string& key) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (node(i).pid() <= 0) continue;
    try {
      node(i).call({"EXISTS", key});
      return i;
    } catch (const std::runtime_error& error) {
      if (std::string(error.what()).starts_with("ASK")) return i;
    }
  }
  throw std::runtime_error("nobody has the slot of " + key);
}

void RedisCluster::begin_move(const std::string& key, std::size_t to) {
  const std::size_t from = owner(key);
  node(to).call({"CLUSTER", "SETSLOT", slot(key), "IMPORTING", id(from)});
  node(from).call({"CLUSTER", "SETSLOT", slot(key), "MIGRATING", id(to)});
}

void RedisCluster::move_keys(const std::string& key, std::size_t to,
                             const std::vector<std::string>& keys) {
  std::vector<std::string> words = {"MIGRATE", "127.0.0.1", std::to_string(ports_[to]), "", "0",
                                    "5000",    "KEYS"};
  words.insert(words.end(), keys.begin(), keys.end());
  owner_of(key).call(words);
}

void RedisCluster::finish_move(const std::string& key, std::size_t to) {
  const std::size_t from = owner(key);
  while (true) {
    const auto keys = node(from).list({"CLUSTER", "GETKEYSINSLOT", slot(key), "100"});
    if (keys.empty()) break;
    move_keys(key, to, keys);
  }
  const std::string name = id(to);
  node(to).call({"CLUSTER", "SETSLOT", slot(key), "NODE", name});
  node(from).call({"CLUSTER", "SETSLOT", slot(key), "NODE", name});
}

void RedisCluster::move_slot(const std::string& key, std::size_t to) {
  if (owner(key) == to) return;
  begin_move(key, to);
  finish_move(key, to);
}

}  // namespace narwhal::test

#include "cluster.h"

#include <algorithm>
#include <charconv>

namespace narwhal::redis {
namespace {

// Of those learned from a cluster: enough to find the others again.
constexpr std::size_t kMostNodes = 64;

std::optional<HostPort> place(std::string_view host, std::int64_t port, const HostPort& asked) {
  if (port < 1 || port > 65535 || host == "?") return std::nullopt;
  return HostPort{host.empty() ? asked.host : std::string(host), static_cast<std::uint16_t>(port)};
}

// A node: address, port, id, and more in newer servers. Those without an address are not known yet.
void add_node(const redisReply& node, const HostPort& asked, std::vector<HostPort>& nodes) {
  const auto parts = elements(node);
  if (parts.size() < 2 || nodes.size() >= kMostNodes) return;
  const auto found = place(text(*parts[0]), parts[1]->integer, asked);
  if (!found || std::find(nodes.begin(), nodes.end(), *found) != nodes.end()) return;
  nodes.push_back(*found);
}

}  // namespace

// "MOVED 3999 127.0.0.1:6381", where an IPv6 address has no brackets.
std::optional<HostPort> moved_to(std::string_view error, const HostPort& asked) {
  if (!error.starts_with("MOVED ")) return std::nullopt;
  const std::string_view where = error.substr(error.rfind(' ') + 1);
  const std::size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = where.substr(colon + 1);
  std::int64_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return place(where.substr(0, colon), port, asked);
}

bool is_elsewhere(std::string_view error) {
  const std::string_view first = error.substr(0, error.find(' '));
  return first == "MOVED" || first == "ASK" || first == "TRYAGAIN" || first == "CLUSTERDOWN";
}

// Ranges: first slot, last slot, master, replicas.
std::vector<HostPort> nodes_in(const redisReply& slots, const HostPort& asked) {
  constexpr std::size_t kMaster = 2;
  std::vector<HostPort> nodes;
  for (const redisReply* range : elements(slots)) {
    if (elements(*range).size() > kMaster) add_node(*elements(*range)[kMaster], asked, nodes);
  }
  for (const redisReply* range : elements(slots)) {
    const auto parts = elements(*range);
    for (std::size_t i = kMaster + 1; i < parts.size(); ++i) add_node(*parts[i], asked, nodes);
  }
  return nodes;
}

}  // namespace narwhal::redis

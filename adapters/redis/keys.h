// Keys: the names of everything this adapter keeps in Redis. Queues are where any producer expects
// them; all else is under "narwhal:".
#pragma once

#include <string>
#include <string_view>

namespace narwhal::redis {

class Keys {
 public:
  explicit Keys(std::string prefix) : prefix_(std::move(prefix)) {}

  [[nodiscard]] std::string queue(std::string_view name) const { return with("queue:", name); }
  [[nodiscard]] std::string queue_names() const { return with("queues", ""); }
  // Jobs fetched and not yet settled: hash of "<number>:<queue>" to the stored job.
  [[nodiscard]] std::string inflight(std::string_view consumer) const {
    return with("narwhal:inflight:", consumer);
  }
  [[nodiscard]] std::string inflight_prefix() const { return with("narwhal:inflight:", ""); }
  // Jobs that a wait has brought, until they stand in the hash: a list for each queue, the newest
  // left.
  [[nodiscard]] std::string arrived(std::string_view consumer, std::string_view queue) const {
    return arrived_prefix(consumer) + std::string(queue);
  }
  [[nodiscard]] std::string arrived_prefix(std::string_view consumer) const {
    return with("narwhal:arrived:", consumer) + ":";
  }
  // For which queues a consumer has such lists, with the number of the next arrival ("": none is
  // fixed), and since when it is known to be gone.
  [[nodiscard]] std::string waits(std::string_view consumer) const {
    return with("narwhal:waits:", consumer);
  }
  // Everybody who may have something in flight.
  [[nodiscard]] std::string consumers() const { return with("narwhal:consumers", ""); }
  // Alive while it exists; it expires with the lease.
  [[nodiscard]] std::string consumer(std::string_view id) const {
    return with("narwhal:consumer:", id);
  }
  [[nodiscard]] std::string consumer_prefix() const { return with("narwhal:consumer:", ""); }
  [[nodiscard]] std::string delayed(std::string_view queue) const {
    return with("narwhal:delayed:", queue);
  }
  [[nodiscard]] std::string dead(std::string_view queue) const {
    return with("narwhal:dead:", queue);
  }
  // The queues that have, or had, dead letters.
  [[nodiscard]] std::string dead_queues() const { return with("narwhal:dead-queues", ""); }
  // Never stored: shows where the slot of a cluster is, and whether all of it is there.
  [[nodiscard]] std::string slot_probe() const { return with("narwhal:slot", ""); }

  // Of the program whose format it is.
  [[nodiscard]] std::string foreign(std::string_view name) const { return with(name, ""); }

 private:
  [[nodiscard]] std::string with(std::string_view middle, std::string_view end) const {
    std::string key = prefix_;
    key += middle;
    key += end;
    return key;
  }

  std::string prefix_;
};

}  // namespace narwhal::redis

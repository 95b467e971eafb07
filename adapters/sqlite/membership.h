// Membership: this master's place among the masters that share the queue. Registers it, says that
// it lives, and frees the jobs of those that died. Lives as long as the Broker, across sessions;
// its calls run inside the master's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "beat_watch.h"
#include "location.h"
#include "owner_lock.h"
#include "owners_table.h"
#include "wake_socket.h"

namespace narwhal::sqlite {

class Membership {
 public:
  Membership(Location location, std::string name, Duration lease);
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  // What one beat found out. Nothing of it is true before the transaction is committed.
  struct Beat {
    std::int64_t owner = 0;    // our id: the old one, or a new one
    bool was_removed = false;  // others gave us up for dead: every job in hand is lost
    int freed = 0;             // jobs taken from the dead
    std::vector<OwnerRow> dead;
  };

  // 0: not registered.
  [[nodiscard]] std::int64_t owner() const { return owner_; }
  [[nodiscard]] const WakeSocket* wake_socket() const { return wake_ ? &*wake_ : nullptr; }
  [[nodiscard]] WakeSocket* wake_socket() { return wake_ ? &*wake_ : nullptr; }

  // Beats, or registers; then looks after the others.
  Result<Beat> beat(OwnersTable& owners, TimePoint now, WallTime wall_now);
  // Whether we wait for the write lock.
  void wait_for_lock(bool waiting);
  // The transaction of `beat` is committed.
  void committed(const Beat& beat);
  // The queue we belonged to is gone.
  void forget();

 private:
  Result<std::int64_t> join(OwnersTable& owners, WallTime wall_now);
  Result<void> offer_wake_socket(OwnersTable& owners, std::int64_t owner);
  Result<void> bury_dead(OwnersTable& owners, TimePoint now, WallTime wall_now, Beat& beat);
  [[nodiscard]] bool dead(const OwnerRow& row);
  [[nodiscard]] bool same_kernel(const OwnerRow& row) const;

  Location location_;
  std::string name_;
  std::string boot_;
  BeatWatch watch_;
  std::int64_t owner_ = 0;
  std::optional<OwnerLock> lock_;
  std::optional<WakeSocket> wake_;
  bool waiting_ = false;
};

}  // namespace narwhal::sqlite

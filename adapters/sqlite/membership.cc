#include "membership.h"

#include <unistd.h>

#include "host.h"

namespace narwhal::sqlite {

Membership::Membership(Location location, std::string name, Duration lease)
    : location_(std::move(location)),
      name_(std::move(name)),
      boot_(boot_id()),
      watch_(lease, lease / 3) {}

Membership::~Membership() = default;

Result<Membership::Beat> Membership::beat(OwnersTable& owners, TimePoint now, WallTime wall_now) {
  if (!lock_ || !lock_->in_place()) {
    auto lock = OwnerLock::open(location_.owners_path());
    if (!lock.ok()) return lock.error();
    if (owner_ != 0) {
      if (auto held = lock->hold(owner_); !held.ok()) return held.error();
      if (auto done = owners.set_lock_file(owner_, lock->file()); !done.ok()) return done.error();
    }
    lock_.emplace(std::move(*lock));
  }
  Beat beat;
  beat.owner = owner_;
  if (owner_ != 0) {
    auto there = owners.beat(owner_);
    if (!there.ok()) return there.error();
    beat.was_removed = !*there;
  }
  if (owner_ == 0 || beat.was_removed) {
    auto joined = join(owners, wall_now);
    if (!joined.ok()) return joined.error();
    beat.owner = *joined;
  }
  if (auto done = bury_dead(owners, now, wall_now, beat); !done.ok()) return done.error();
  return beat;
}

Result<std::int64_t> Membership::join(OwnersTable& owners, WallTime wall_now) {
  OwnerRow row;
  row.name = name_;
  row.boot = boot_;
  row.pid = ::getpid();
  row.lock_file = lock_->file();
  auto id = owners.add(row, wall_now);
  if (!id.ok()) return id.error();
  // Before anybody can see the row: one without its lock is dead to all who look.
  if (auto held = lock_->hold(*id); !held.ok()) return held.error();
  if (auto done = offer_wake_socket(owners, *id); !done.ok()) return done.error();
  return *id;
}

// Without a socket (no room for its name, no permission) the log's changes still wake us.
Result<void> Membership::offer_wake_socket(OwnersTable& owners, std::int64_t owner) {
  const std::string name = location_.wake_name(owner);
  wake_.reset();
  auto socket = WakeSocket::open(location_, name);
  if (!socket.ok()) return {};
  wake_.emplace(std::move(*socket));
  return owners.set_wake(owner, name);
}

Result<void> Membership::bury_dead(OwnersTable& owners, TimePoint now, WallTime wall_now,
                                   Beat& beat) {
  auto rows = owners.all();
  if (!rows.ok()) return rows.error();
  watch_.begin_look(now);
  for (auto& row : *rows) {
    if (row.id == beat.owner || !dead(row)) continue;
    if (auto done = owners.remove(row.id); !done.ok()) return done;
    beat.dead.push_back(std::move(row));
  }
  watch_.end_look();
  auto freed = owners.free_orphans(beat.dead, wall_now);
  if (!freed.ok()) return freed.error();
  beat.freed = *freed;
  return {};
}

bool Membership::dead(const OwnerRow& row) {
  // Asked for every owner at every look, or its silence would not be measured.
  const bool silent = watch_.silent(row.id, row.beat);
  if (same_kernel(row)) {
    const bool proven = row.lock_file == lock_->file() && !lock_->held_elsewhere(row.id);
    return proven || silent;
  }
  // The log's shared memory ties all masters to one host, so another boot under our own name is us,
  // before the host was started again.
  const bool earlier_life = !row.boot.empty() && !boot_.empty() && row.name == name_;
  return earlier_life || silent;
}

bool Membership::same_kernel(const OwnerRow& row) const {
  return !boot_.empty() && row.boot == boot_;
}

void Membership::committed(const Beat& beat) {
  owner_ = beat.owner;
  // Nobody else removes the sockets that the dead leave behind.
  for (const auto& row : beat.dead) {
    if (!row.wake.empty() && same_kernel(row)) remove_wake_socket(location_, row.wake);
  }
}

void Membership::wait_for_lock(bool waiting) {
  if (!lock_ || std::exchange(waiting_, waiting) == waiting) return;
  lock_->ask_for_way(waiting);
}

void Membership::forget() {
  waiting_ = false;
  owner_ = 0;
  lock_.reset();
  wake_.reset();
}

}  // namespace narwhal::sqlite

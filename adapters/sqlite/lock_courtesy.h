// Courtesy about the write lock. SQLite's lock is not fair: a producer that commits in a tight loop
// holds it through its fsyncs and leaves gaps of microseconds, which a master that may not wait
// will hardly ever hit. So a master that was refused says so, by a shared lock on a byte of the
// owners' side file, and Narwhal's own writers that may wait let it go first. The kernel takes the
// word back if the master dies.
#pragma once

#include <string>

namespace narwhal::sqlite {

// Owners have the bytes from 1 on.
inline constexpr long kCourtesyByte = 0;

// Whether a master waits for the write lock of the queue with this side file.
bool master_waits(const std::string& owners_path);

// For writers, before they ask for the lock. Waits no longer than a master needs to notice a free
// lock.
void let_masters_go_first(const std::string& owners_path);

}  // namespace narwhal::sqlite

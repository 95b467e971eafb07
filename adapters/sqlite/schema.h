// The tables, and how a file made by an older version becomes a current one. The version stands in
// PRAGMA user_version; each migration leads from one version to the next.
#pragma once

#include <span>

#include "database.h"
#include "narwhal/result.h"

namespace narwhal::sqlite {

enum class JobState : std::int64_t { ready = 0, running = 1, delayed = 2, dead = 3 };

// Marks the file as a queue: "NWHL".
inline constexpr std::int64_t kApplicationId = 0x4e57484c;

// A payload up to this size stands in its job's row. A larger one has a row of its own in `bodies`:
// each change of state rewrites the job's whole row.
inline constexpr std::size_t kInlinePayload = std::size_t{8} * 1024;

// migrations()[n] is SQL that leads from version n to n + 1.
std::span<const char* const> migrations();

// Creates or migrates, in one transaction, and enters WAL mode. Refuses a file that is newer or
// that is something else.
Result<void> ensure_schema(Database& database, std::span<const char* const> steps = migrations());

// A random name given to the file when it was made; tells whether a path still leads to the same
// queue.
Result<std::string> database_identity(Database& database);

}  // namespace narwhal::sqlite

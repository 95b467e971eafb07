// Format: how a job is written in Redis. Narwhal's own keeps any bytes; the others are those of
// programs whose queues Narwhal serves in their place. Pure: bytes in, bytes and commands out.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keys.h"
#include "location.h"
#include "narwhal/broker.h"
#include "narwhal/delivery.h"
#include "narwhal/orphan_run.h"
#include "narwhal/producer.h"

namespace narwhal::redis {

// One command of a settlement or a publish, run inside a script. Besides Redis's commands there is
// kAddIn: key, microseconds from now by the server's clock, member: into a sorted set.
using Op = std::vector<std::string>;
using Ops = std::vector<Op>;
inline constexpr const char* kAddIn = "in";
// The same with a score in seconds.
inline constexpr const char* kAddSecondsIn = "in-seconds";

// Begins every member of our sorted sets, so that equal jobs stay two: whose it was and which.
inline constexpr std::size_t kUniqueBytes = 32;
std::string unique_name(std::string_view random_digits, std::uint64_t number);
// The id of a job that came without one: the same whenever it is derived.
std::string id_of_unnamed(std::string_view unique);

// A job in hand as the adapter remembers it.
struct Origin {
  std::string queue;  // where it was taken from
  std::string unique;
  std::string stored;  // its bytes there; empty where keeps_stored() is false
};

// The parts of the scripts that depend on the format; Lua (see scripts.cc).
struct ScriptParts {
  std::string take_end = "RIGHT";  // of a queue's list, where jobs are taken
  std::string pop = "RPOP";
  std::string push_back = "LPUSH";   // where new jobs are added
  std::string push_front = "RPUSH";  // where they are taken
  std::vector<std::string> delayed_sets;
  std::string promote;        // body of promote(i): moves due jobs from sets[i], returns how many
  std::string next_due;       // body of due_of(i): when sets[i]'s first job is due, in microseconds
  std::string set_aside;      // body of set_aside(i, bytes, unique): a job of lists[i] is too large
  std::string count_delayed;  // bodies of functions of a queue's index, for status
  std::string count_dead;
  std::size_t overhead = 0;  // bytes a stored job may have over its payload
};

class Format {
 public:
  virtual ~Format() = default;

  [[nodiscard]] virtual bool keeps_stored() const = 0;
  // Fills payload, counters, enqueued_at, history, priority and, where it has one, id.
  virtual void read(std::string_view stored, Delivery& job) const = 0;

  [[nodiscard]] virtual Ops retry(const Origin& origin, const Delivery& job, const Verdict& verdict,
                                  WallTime now) const = 0;
  [[nodiscard]] virtual Ops release(const Origin& origin, const Delivery& job) const = 0;
  [[nodiscard]] virtual Ops bury(const Origin& origin, const Delivery& job, const Verdict& verdict,
                                 WallTime now) const = 0;
  // The owner died: back to the front of its queue with one crash more, and a record of it.
  // `run` knows all but the attempt.
  [[nodiscard]] virtual Ops recover(const Origin& origin, OrphanRun run) const = 0;
  // What a verdict asks for; empty: the job is only to go.
  [[nodiscard]] Ops settle(const Origin& origin, const Delivery& job, const Verdict& verdict,
                           WallTime now) const;
  // Error: this format has no place for such a job. `unique`: for sorted sets.
  [[nodiscard]] virtual Result<Ops> publish(const NewJob& job, std::string_view unique,
                                            WallTime now) const = 0;
  [[nodiscard]] virtual ScriptParts script_parts(const std::vector<std::string>& queues,
                                                 std::size_t max_payload) const = 0;
};

std::unique_ptr<Format> make_format(const Location& location);

// Length limits of names, which every format shares.
inline constexpr std::size_t kLongestQueueName = 255;
inline constexpr std::size_t kLongestId = 255;
// Redis's own limit of a string is 512 MiB; this leaves room for what we write around a payload.
inline constexpr std::size_t kLargestPayload = std::size_t{511} << 20U;

// Refuses what must not be enqueued: names and payloads over their limits.
Result<void> check_new_job(const NewJob& job, std::size_t max_payload);

}  // namespace narwhal::redis

// Envelope: a job's payload in ActiveJob's form. Reading decodes the few fields the framework needs
// and the arguments, and remembers where in the text every member lies; a retry is written from
// those pieces, so arguments and members we know nothing of stay as they are, byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/enqueue.h"
#include "narwhal/result.h"
#include "narwhal/value.h"
#include "sdk/iso8601.h"

namespace narwhal::sdk {

enum class EnvelopeField : std::uint8_t {
  job_class,
  job_id,
  queue_name,
  priority,
  arguments,
  executions,
  exception_executions,
  enqueued_at,
  scheduled_at,
  other
};

// One member of the payload's object, as offsets into its text.
struct EnvelopeMember {
  EnvelopeField field;
  std::size_t key_begin;
  std::size_t value_begin;
  std::size_t value_end;
};

// What a retry changes.
struct EnvelopeChanges {
  int executions = 0;
  Value exception_executions;
  std::string queue;                     // empty: unchanged
  std::optional<std::int32_t> priority;  // none: unchanged
  WallNanos enqueued_at;
  WallNanos scheduled_at;
};

struct Envelope {
  std::string_view payload;  // borrowed
  std::vector<EnvelopeMember> members;

  std::string job_class;
  std::string job_id;  // empty: not given, as the next two
  std::string queue_name;
  std::string enqueued_at;
  std::optional<std::int32_t> priority;
  int executions = 0;
  std::vector<Value> arguments;

  // Reads `text`, which must outlive what is read. Keeps allocated memory from one job to the next.
  Result<void> read(std::string_view text);

  // Drops the arguments after the run, and the memory that only a large job needs.
  void release();

  // How often each retry rule has run; an empty object if the payload does not say.
  [[nodiscard]] Value exception_executions() const;

  [[nodiscard]] std::string rewritten(const EnvelopeChanges& changes) const;
};

// A new job's payload.
std::string make_payload(const JobRequest& request, WallNanos now);

}  // namespace narwhal::sdk

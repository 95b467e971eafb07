// Producer: enqueues jobs from any process. Separate from consuming, and blocking: enqueue()
// returns when the broker has confirmed the job as durably as it can.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/job_id.h"
#include "narwhal/result.h"

namespace narwhal {

struct NewJob {
  std::string id;  // empty: one is made
  std::string queue = "default";
  std::string payload;             // any bytes, passed through untouched
  std::int32_t priority = 0;       // a lower number is more urgent, as in ActiveJob
  std::optional<WallTime> run_at;  // not before this time; none: at once
};

// Thread-compatible: one thread at a time per object. Not usable in the child after a fork; open
// another one there.
class Producer {
 public:
  Producer() = default;
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  virtual ~Producer() = default;

  // Returns the job's id. ErrorKind::too_large over the broker's limit, unavailable when the broker
  // is away (nothing was stored, or it is unknown whether it was).
  virtual Result<std::string> enqueue(const NewJob& job) = 0;

  // All or none where the broker can do that, else in order up to the first error.
  virtual Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) = 0;

  // The largest payload that this server takes by its own settings; 0: it does not say.
  [[nodiscard]] virtual std::size_t server_max_payload() const { return 0; }
};

// Opens a producer by URL, e.g. "sqlite:/var/lib/app/jobs.db". In libnarwhal.
Result<std::unique_ptr<Producer>> open_producer(const std::string& url);

// The same with the options that the daemon has for this broker ([[broker]] options).
Result<std::unique_ptr<Producer>> open_producer(const std::string& url,
                                                std::map<std::string, std::string> options);

}  // namespace narwhal

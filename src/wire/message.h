// The language between master and worker: commands in the imperative (master to worker), facts in
// the past tense (worker to master). Text fields of a decoded message are views into the frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/result.h"
#include "wire/frame.h"

namespace narwhal {

enum class MessageKind : std::uint32_t {
  run_job = 1,        // master: run this, if you can claim it
  quit = 2,           // master: leave after the job in hand
  enqueued = 3,       // master: the answer to `enqueue`
  worker_ready = 16,  // worker: takes jobs from now on
  job_finished = 17,  // worker
  enqueue = 18,       // worker: store these jobs and say so
};

// A worker's numbering of the jobs it was sent: 1, 2, 3 …
using JobSequence = std::uint64_t;

struct RunJob {
  JobSequence sequence = 0;
  std::int64_t enqueued_at = 0;  // Unix microseconds; 0: unknown
  std::uint32_t attempt = 1;
  std::uint32_t crashes = 0;
  std::int32_t priority = 0;
  std::uint32_t job_timeout_ms = 0;   // 0: none
  std::uint32_t soft_timeout_ms = 0;  // 0: none
  std::string_view id;
  std::string_view queue;
  std::string_view payload;

  // Everything but the payload, which the caller sends right behind it without copying it.
  void encode_head(std::string& out) const;
  static Result<RunJob> decode(std::string_view bytes);
};

// Its own number too: whoever should have named it to the master may have been killed.
struct WorkerReady {
  std::int32_t pid = 0;

  void encode(std::string& out) const;
  static Result<WorkerReady> decode(std::string_view bytes);
};

struct NewJobMessage {
  std::string_view id;
  std::string_view queue;
  std::int32_t priority = 0;
  std::int64_t run_at = -1;  // Unix microseconds; negative: at once
  std::string_view payload;
};

struct JobFinished {
  JobSequence sequence = 0;
  std::uint8_t outcome = 0;      // narwhal_outcome
  bool leaving = false;          // the worker ends by itself after this
  std::uint64_t took = 0;        // nanoseconds
  std::int64_t max_rss_kib = 0;  // outcome crashed; 0: not known
  std::int32_t signal = 0;       // the same
  std::string_view job_class;
  std::string_view error_class;
  std::string_view message;
  std::string_view backtrace;
  NewJobMessage again;  // outcome retried: what to run next time

  void encode(std::string& out) const;
  static Result<JobFinished> decode(std::string_view bytes);
};

struct Enqueue {
  std::uint64_t token = 0;
  std::vector<NewJobMessage> jobs;

  void encode(std::string& out) const;
  static Result<Enqueue> decode(std::string_view bytes);
};

struct Enqueued {
  std::uint64_t token = 0;
  std::string_view error;  // empty: every job is stored

  void encode(std::string& out) const;
  static Result<Enqueued> decode(std::string_view bytes);
};

}  // namespace narwhal

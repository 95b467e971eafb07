// Enqueueing: what perform_later() stores, and where it goes. Inside a running job it goes through
// the daemon; elsewhere through the Producer that the calling thread has been given with
// UseProducer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/job_errors.h"
#include "narwhal/producer.h"
#include "narwhal/value.h"

namespace narwhal {

namespace detail {
struct JobClass;
}

// For set(): all optional; what is not given comes from the job class. The initializers are for
// compilers that warn of fields left out.
struct EnqueueOptions {
  std::optional<Duration> wait = {};
  std::optional<WallTime> wait_until = {};
  std::string queue = {};
  std::optional<std::int32_t> priority = {};
};

// A job about to be stored. before_enqueue callbacks may change queue, priority and run_at.
struct JobRequest {
  const detail::JobClass* job_class = nullptr;
  std::string id;
  std::string queue;
  std::optional<std::int32_t> priority;
  std::optional<WallTime> run_at;
  std::vector<Value> arguments;
};

// Stores several jobs, of any classes, in one go and returns their ids. Throws EnqueueError.
//
//   narwhal::perform_all_later({Greet::job("Ada", 1), Resize::job(path)});
std::vector<std::string> perform_all_later(std::vector<JobRequest> requests);

// Where one thread's jobs go. Implementations are internal: the daemon, a Producer, the test modes.
class JobSink {
 public:
  JobSink() = default;
  JobSink(const JobSink&) = delete;
  JobSink& operator=(const JobSink&) = delete;
  virtual ~JobSink() = default;
  // All are stored when it returns; throws EnqueueError if not.
  virtual void store(const std::vector<JobRequest>& requests) = 0;
};

// Makes `sink` this thread's, until the scope ends. Scopes nest.
class JobSinkScope {
 public:
  explicit JobSinkScope(JobSink& sink);
  ~JobSinkScope();
  JobSinkScope(const JobSinkScope&) = delete;
  JobSinkScope& operator=(const JobSinkScope&) = delete;

 private:
  JobSink* outer_;
};

// Sends the jobs of this thread through a Producer while it lives. A web process makes one per
// thread:
//
//   auto producer = narwhal::open_producer("sqlite:/var/lib/app/jobs.db");
//   narwhal::UseProducer use(**producer);
//   Greet::perform_later("Ada", 3);
class UseProducer {
 public:
  explicit UseProducer(Producer& producer) : sink_(producer), scope_(sink_) {}

 private:
  class Sink final : public JobSink {
   public:
    explicit Sink(Producer& producer) : producer_(producer) {}
    void store(const std::vector<JobRequest>& requests) override;

   private:
    Producer& producer_;
  };

  Sink sink_;
  JobSinkScope scope_;
};

}  // namespace narwhal

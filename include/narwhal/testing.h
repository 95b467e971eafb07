// Test modes for an application's own unit tests, with any test framework. While one of these
// lives, the jobs that this thread enqueues go to it instead of a broker. Jobs run through their
// real payload, so a test also covers what the arguments become on the way.
//
//   narwhal::testing::Inline inline_mode;                narwhal::testing::Recorder recorder;
//   SignUp::perform_later("ada@example.com");            sign_up("ada@example.com");
//   // … has run, with all that it enqueued              assert(recorder.count<Welcome>() == 1);
//                                                        recorder.perform_enqueued_jobs();
#pragma once

#include <deque>
#include <vector>

#include "narwhal/app.h"
#include "narwhal/job.h"

namespace narwhal::testing {

// What the jobs are told of the world.
struct Conditions {
  bool stopping = false;
  bool cancelled = false;
  std::uint32_t attempt = 1;
  std::uint32_t crashes = 0;
};

// perform_later() runs the job at once, without waiting, up to its end: retries too. What a job
// throws in the end comes out of perform_later(); a discarded job is quiet.
class Inline final : private JobSink {
 public:
  Inline() = default;
  explicit Inline(Conditions conditions) : conditions_(conditions) {}

 private:
  void store(const std::vector<JobRequest>& requests) override;

  Conditions conditions_;
  JobSinkScope scope_{*this};
};

// perform_later() keeps the job for the test to look at, and to run when it says so.
class Recorder final : private JobSink {
 public:
  Recorder() = default;
  explicit Recorder(Conditions conditions) : conditions_(conditions) {}

  // What has been enqueued and not yet performed, oldest first.
  [[nodiscard]] const std::deque<JobRequest>& jobs() const { return jobs_; }
  void clear() { jobs_.clear(); }

  template <typename T>
  [[nodiscard]] std::size_t count() const {
    return arguments_of<T>().size();
  }

  // The arguments of each job of class T, as perform() would get them.
  template <typename T>
  [[nodiscard]] std::vector<detail::ArgumentsOf<T>> arguments_of() const {
    const detail::JobClass& job_class = detail::job_class<T>();
    std::vector<detail::ArgumentsOf<T>> all;
    for (const JobRequest& job : jobs_) {
      if (job.job_class != &job_class) continue;
      all.push_back(
          detail::decode_arguments<detail::ArgumentsOf<T>>(job_class.name, job.arguments));
    }
    return all;
  }

  // Runs what is recorded, and what those jobs enqueue, as Inline does; stops at the first
  // exception. Returns how many jobs ran.
  int perform_enqueued_jobs();

 private:
  void store(const std::vector<JobRequest>& requests) override;

  Conditions conditions_;
  std::deque<JobRequest> jobs_;
  JobSinkScope scope_{*this};
};

}  // namespace narwhal::testing

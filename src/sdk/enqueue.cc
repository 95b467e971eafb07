#include "narwhal/enqueue.h"

#include <algorithm>

#include "narwhal/job.h"
#include "sdk/envelope.h"
#include "sdk/uuid.h"

namespace narwhal {
namespace {

// Per thread, because a Producer serves one thread at a time and a worker's connection only the
// thread that runs the job.
thread_local JobSink* current_sink = nullptr;

std::string unable(const JobRequest& request) {
  return "unable to enqueue: " + request.job_class->name + ": ";
}

NewJob to_new_job(const JobRequest& request) {
  NewJob job;
  job.id = request.id;
  job.queue = request.queue;
  job.payload = sdk::make_payload(request, std::chrono::system_clock::now());
  job.priority = request.priority.value_or(0);
  job.run_at = request.run_at;
  return job;
}

void check(const JobRequest& request, const Error* error) {
  if (error != nullptr) throw EnqueueError(unable(request) + error->text());
}

}  // namespace

JobSinkScope::JobSinkScope(JobSink& sink) : outer_(current_sink) { current_sink = &sink; }
JobSinkScope::~JobSinkScope() { current_sink = outer_; }

void UseProducer::Sink::store(const std::vector<JobRequest>& requests) {
  if (requests.size() == 1) {
    const auto stored = producer_.enqueue(to_new_job(requests.front()));
    check(requests.front(), stored ? nullptr : &stored.error());
    return;
  }
  std::vector<NewJob> jobs;
  jobs.reserve(requests.size());
  for (const JobRequest& request : requests) jobs.push_back(to_new_job(request));
  const auto stored = producer_.enqueue_all(jobs);
  check(requests.front(), stored ? nullptr : &stored.error());
}

std::vector<std::string> perform_all_later(std::vector<JobRequest> requests) {
  if (requests.empty()) return {};
  if (current_sink == nullptr) {
    throw EnqueueError(unable(requests.front()) +
                       "this thread runs no job and has no producer (narwhal::UseProducer)");
  }
  for (JobRequest& request : requests) {
    for (const auto& callback : request.job_class->before_enqueue) callback(request);
  }
  current_sink->store(requests);
  std::vector<std::string> ids;
  ids.reserve(requests.size());
  for (const JobRequest& request : requests) {
    for (const auto& callback : request.job_class->after_enqueue) callback(request);
    ids.push_back(request.id);
  }
  return ids;
}

namespace detail {

JobRequest make_request(const JobClass& job_class, const EnqueueOptions& options,
                        std::vector<Value> arguments) {
  JobRequest request;
  request.job_class = &job_class;
  request.id = sdk::make_uuid();
  request.queue = options.queue.empty() ? job_class.queue : options.queue;
  request.priority = options.priority ? options.priority : job_class.priority;
  request.run_at = options.wait_until;
  if (options.wait) {
    const Duration wait = std::min<Duration>(*options.wait, kLongestWait);
    request.run_at =
        std::chrono::ceil<std::chrono::microseconds>(std::chrono::system_clock::now() + wait);
  }
  request.arguments = std::move(arguments);
  return request;
}

}  // namespace detail
}  // namespace narwhal

#include "new_job.h"

#include "delay_levels.h"
#include "names.h"

namespace narwhal::kafka {
namespace {

constexpr std::size_t kLongestId = 255;

Error refused(ErrorKind kind, const NewJob& job, const std::string& reason) {
  return Error{kind, "unable to enqueue job: " + (job.id.empty() ? "(no id)" : job.id), reason};
}

}  // namespace

Result<void> check_new_job(const NewJob& job, const Location& location, std::size_t max_payload) {
  const std::string topic = location.topic(job.queue);
  if (const std::string problem = topic_name_problem(topic);
      job.queue.empty() || !problem.empty()) {
    return refused(ErrorKind::invalid, job,
                   "queue \"" + job.queue.substr(0, 40) + "\": " + problem);
  }
  if (job.id.size() > kLongestId) {
    return refused(ErrorKind::invalid, job,
                   "an id has at most " + std::to_string(kLongestId) + " bytes");
  }
  if (job.payload.size() > max_payload) {
    return refused(ErrorKind::too_large, job,
                   "its payload of " + std::to_string(job.payload.size()) +
                       " bytes is over max_payload of " + std::to_string(max_payload) + " bytes");
  }
  return {};
}

Outgoing to_retry(const Location& location, const std::string& queue, const Envelope& envelope,
                  WallTime now) {
  const Duration left = envelope.due ? *envelope.due - now : Duration{0};
  return {.topic = retry_topic(location.topic(queue), kDelayLevels[delay_level(left)]),
          .key = envelope.key,
          .headers = write_envelope(envelope)};
}

Outgoing to_message(const NewJob& job, const std::string& id, const Location& location,
                    WallTime now) {
  Envelope envelope;
  envelope.id = id;
  envelope.priority = job.priority;
  envelope.enqueued_at = now;
  if (job.run_at && *job.run_at > now) {
    envelope.due = job.run_at;
    return to_retry(location, job.queue, envelope, now);
  }
  return {.topic = location.topic(job.queue), .key = {}, .headers = write_envelope(envelope)};
}

}  // namespace narwhal::kafka

#include "new_job.h"

#include <algorithm>

#include "sealing.h"
#include "terms.h"

namespace narwhal::beanstalkd {
namespace {

constexpr std::size_t kLongestId = 200;

Error refused(ErrorKind kind, const NewJob& job, const std::string& reason) {
  return Error{kind, "unable to enqueue job: " + (job.id.empty() ? "(no id)" : job.id), reason};
}

Error too_large(const NewJob& job, std::size_t most, const std::string& whose) {
  return refused(ErrorKind::too_large, job,
                 "its payload of " + std::to_string(job.payload.size()) + " bytes is over " +
                     whose + " of " + std::to_string(most) + " bytes");
}

}  // namespace

std::size_t room_for_payload(std::size_t max_job_size) {
  return max_job_size - std::min(max_job_size, kEnvelopeRoom);
}

Result<void> check_new_job(const NewJob& job, const PutLimits& limits) {
  if (!is_tube_name(job.queue)) {
    return refused(ErrorKind::invalid, job,
                   "\"" + job.queue.substr(0, 40) + "\" is no name of a queue: 1 to " +
                       std::to_string(kLongestTube) + " " + std::string(kTubeCharacters));
  }
  if (job.id.size() > kLongestId) {
    return refused(ErrorKind::invalid, job,
                   "an id has at most " + std::to_string(kLongestId) + " bytes");
  }
  if (job.payload.size() > limits.max_payload) {
    return too_large(job, limits.max_payload, "max_payload");
  }
  const std::size_t room = room_for_payload(limits.max_job_size);
  if (job.payload.size() > room) {
    return too_large(
        job, room,
        "the server's limit (beanstalkd -z, less " + std::to_string(kEnvelopeRoom) + ")");
  }
  return {};
}

Put make_put(const NewJob& job, const std::string& id, std::uint32_t ttr, WallTime now) {
  Envelope envelope;
  envelope.id = id;
  envelope.queue = job.queue;
  envelope.priority = job.priority;
  envelope.enqueued_at = now;
  envelope.ready_at = job.run_at ? std::max(*job.run_at, now) : now;
  envelope.ttr = ttr;
  Put put;
  put.options.priority = to_server_priority(job.priority);
  put.options.delay = to_seconds(envelope.ready_at - now);
  put.options.ttr = ttr;
  put.head = seal(envelope);
  return put;
}

}  // namespace narwhal::beanstalkd

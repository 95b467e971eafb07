#include "new_job.h"

#include "delay.h"
#include "names.h"

namespace narwhal::rabbitmq {
namespace {

constexpr std::size_t kLongestId = 255;
// A new job's properties are far below any frame's size.
constexpr std::size_t kRoom = std::size_t{64} * 1024;

Error refused(ErrorKind kind, const NewJob& job, const std::string& reason) {
  return Error{kind, "unable to enqueue job: " + (job.id.empty() ? "(no id)" : job.id), reason};
}

}  // namespace

Result<void> check_new_job(const NewJob& job, std::size_t max_payload) {
  if (const std::string problem = queue_name_problem(job.queue); !problem.empty()) {
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

Publisher::Parcel make_parcel(NewJob job, const std::string& id, const QueueSettings& settings,
                              WallTime now) {
  Envelope envelope;
  envelope.id = id;
  envelope.priority = job.priority;
  envelope.enqueued_at = now;
  Publisher::Parcel parcel;
  parcel.to = jobs_spec(job.queue);
  if (job.run_at && *job.run_at > now) {
    parcel.to = delay(envelope, job.queue, *job.run_at, now);
  }
  Pool pool;
  parcel.id = id;
  parcel.properties = write_envelope(std::move(envelope), {}, settings.max_priority, kRoom, pool);
  parcel.body = std::move(job.payload);
  return parcel;
}

}  // namespace narwhal::rabbitmq

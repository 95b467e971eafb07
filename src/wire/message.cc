#include "wire/message.h"

namespace narwhal {
namespace {

Error malformed(const char* what) {
  return Error{ErrorKind::internal, std::string("unable to read a message: ") + what, "cut short"};
}

void write_job(BodyWriter& body, const NewJobMessage& job) {
  body.text(job.id).text(job.queue).number(job.priority).number(job.run_at).text(job.payload);
}

NewJobMessage read_job(BodyReader& body) {
  NewJobMessage job;
  job.id = body.text();
  job.queue = body.text();
  job.priority = body.number<std::int32_t>();
  job.run_at = body.number<std::int64_t>();
  job.payload = body.text();
  return job;
}

}  // namespace

void RunJob::encode_head(std::string& out) const {
  BodyWriter{out}
      .number(sequence)
      .number(enqueued_at)
      .number(attempt)
      .number(crashes)
      .number(priority)
      .number(job_timeout_ms)
      .number(soft_timeout_ms)
      .text(id)
      .text(queue);
}

Result<RunJob> RunJob::decode(std::string_view bytes) {
  BodyReader body{bytes};
  RunJob job;
  job.sequence = body.number<JobSequence>();
  job.enqueued_at = body.number<std::int64_t>();
  job.attempt = body.number<std::uint32_t>();
  job.crashes = body.number<std::uint32_t>();
  job.priority = body.number<std::int32_t>();
  job.job_timeout_ms = body.number<std::uint32_t>();
  job.soft_timeout_ms = body.number<std::uint32_t>();
  job.id = body.text();
  job.queue = body.text();
  job.payload = body.rest();
  if (!body.ok()) return malformed("run_job");
  return job;
}

void WorkerReady::encode(std::string& out) const { BodyWriter{out}.number(pid); }

Result<WorkerReady> WorkerReady::decode(std::string_view bytes) {
  BodyReader body{bytes};
  WorkerReady message;
  message.pid = body.number<std::int32_t>();
  if (!body.ok()) return malformed("worker_ready");
  return message;
}

void JobFinished::encode(std::string& out) const {
  BodyWriter body{out};
  body.number(sequence).number(outcome).number(leaving).number(took);
  body.number(max_rss_kib).number(signal).text(job_class);
  body.text(error_class).text(message).text(backtrace);
  write_job(body, again);
}

Result<JobFinished> JobFinished::decode(std::string_view bytes) {
  BodyReader body{bytes};
  JobFinished finished;
  finished.sequence = body.number<JobSequence>();
  finished.outcome = body.number<std::uint8_t>();
  finished.leaving = body.number<std::uint8_t>() != 0;
  finished.took = body.number<std::uint64_t>();
  finished.max_rss_kib = body.number<std::int64_t>();
  finished.signal = body.number<std::int32_t>();
  finished.job_class = body.text();
  finished.error_class = body.text();
  finished.message = body.text();
  finished.backtrace = body.text();
  finished.again = read_job(body);
  if (!body.ok()) return malformed("job_finished");
  return finished;
}

void Enqueue::encode(std::string& out) const {
  BodyWriter body{out};
  body.number(token).number(static_cast<std::uint32_t>(jobs.size()));
  for (const NewJobMessage& job : jobs) write_job(body, job);
}

Result<Enqueue> Enqueue::decode(std::string_view bytes) {
  BodyReader body{bytes};
  Enqueue message;
  message.token = body.number<std::uint64_t>();
  const auto count = body.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && body.ok(); ++i) message.jobs.push_back(read_job(body));
  if (!body.ok()) return malformed("enqueue");
  return message;
}

void Enqueued::encode(std::string& out) const { BodyWriter{out}.number(token).text(error); }

Result<Enqueued> Enqueued::decode(std::string_view bytes) {
  BodyReader body{bytes};
  Enqueued message;
  message.token = body.number<std::uint64_t>();
  message.error = body.text();
  if (!body.ok()) return malformed("enqueued");
  return message;
}

}  // namespace narwhal

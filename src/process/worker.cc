#include "process/worker.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "process/host.h"

namespace narwhal {
namespace {

// Largest error text sent to the master, per field.
constexpr std::size_t kLongestText = std::size_t{16} * 1024;

std::int64_t monotonic_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t unix_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string_view bounded(narwhal_text text) { return view(text).substr(0, kLongestText); }

NewJobMessage to_message(const narwhal_new_job& job) {
  return {view(job.id), view(job.queue), job.priority, job.run_at, view(job.payload)};
}

narwhal_job to_runtime(const RunJob& job) {
  narwhal_job given{};
  given.id = to_text(job.id);
  given.queue = to_text(job.queue);
  given.payload = to_text(job.payload);
  given.enqueued_at = job.enqueued_at;
  given.deadline =
      job.job_timeout_ms == 0 ? 0 : unix_microseconds() + std::int64_t{job.job_timeout_ms} * 1000;
  given.attempt = job.attempt;
  given.crashes = job.crashes;
  given.priority = job.priority;
  given.soft_timeout_ms = job.soft_timeout_ms;
  return given;
}

}  // namespace

Worker::Worker(const narwhal_runtime& runtime, WorkerChannel channel, SharedSlotPage page,
               std::uint32_t slot, Log& log)
    : runtime_(runtime),
      channel_(std::move(channel)),
      page_(std::move(page)),
      slot_(slot),
      log_(log) {}

int Worker::run() {
  quit_.emplace(channel_.descriptor());
  if (runtime_.wait != nullptr) quit_->make_pollable();
  std::string ready;
  WorkerReady{::getpid()}.encode(ready);
  if (!channel_.send(MessageKind::worker_ready, ready)) return 0;
  while (!leaving_ && !QuitSignal::came()) {
    if (!take_message()) break;
  }
  if (runtime_.finish != nullptr) runtime_.finish();
  return 0;
}

bool Worker::take_message() {
  if (!early_.empty()) {
    const auto [kind, body] = std::move(early_.front());
    early_.pop_front();
    apply({kind, body});
    return true;
  }
  FrameView frame;
  auto waiting = channel_.next(frame);
  if (!waiting) return false;
  if (*waiting) {
    apply(frame);
    return true;
  }
  if (!wait_for_input()) return true;
  auto read = channel_.receive(frame);
  if (!read || *read == WorkerChannel::Read::closed) return false;
  if (*read == WorkerChannel::Read::frame) apply(frame);
  return true;
}

bool Worker::wait_for_input() {
  if (runtime_.wait == nullptr) return true;  // recv() itself waits
  constexpr int kForEver = -1;
  return runtime_.wait(quit_->descriptor(), kForEver) > 0;
}

void Worker::apply(const FrameView& frame) {
  switch (static_cast<MessageKind>(frame.kind)) {
    case MessageKind::run_job: {
      auto job = RunJob::decode(frame.body);
      if (!job) {
        log(LogConfig::Level::error, job.error().text());
        leaving_ = true;
        return;
      }
      if (page_->claim(job->sequence)) run_job(*job);
      return;
    }
    case MessageKind::quit:
      leaving_ = true;
      return;
    default:
      return;
  }
}

void Worker::run_job(const RunJob& job) {
  running_ = &job;
  const narwhal_job given = to_runtime(job);
  narwhal_result result{};
  result.size = sizeof result;
  result.outcome = NARWHAL_FAILED;
  const std::int64_t begun = monotonic_nanoseconds();
  runtime_.execute(&given, &result);
  const std::int64_t took = monotonic_nanoseconds() - begun;
  running_ = nullptr;
  report(job, result, took);
  held_ = {};
  channel_.trim();
}

void Worker::report(const RunJob& job, const narwhal_result& result, std::int64_t took) {
  JobFinished finished;
  finished.sequence = job.sequence;
  finished.took = static_cast<std::uint64_t>(took);
  finished.outcome = static_cast<std::uint8_t>(result.outcome);
  leaving_ = leaving_ || result.leave != 0;
  finished.leaving = leaving_ || QuitSignal::came();
  finished.job_class = bounded(result.job_class);
  if (result.outcome != NARWHAL_DONE) {
    finished.error_class = bounded(result.error_class);
    finished.message = bounded(result.message);
    finished.backtrace = bounded(result.backtrace);
  }
  if (result.outcome == NARWHAL_CRASHED) {
    finished.max_rss_kib = result.max_rss_kib;
    finished.signal = result.signal;
  }
  if (result.outcome == NARWHAL_RETRIED) finished.again = to_message(result.again);
  out_.clear();
  finished.encode(out_);
  if (!channel_.send(MessageKind::job_finished, out_)) leaving_ = true;
}

std::uint32_t Worker::state() const {
  std::uint32_t state = 0;
  if (page_->stopping.load(std::memory_order_relaxed) || QuitSignal::came()) {
    state |= NARWHAL_STATE_STOPPING;
  }
  if (running_ != nullptr &&
      page_->soft_timeout.load(std::memory_order_relaxed) == running_->sequence) {
    state |= NARWHAL_STATE_SOFT_TIMEOUT;
  }
  return state;
}

bool Worker::extend_deadline(std::uint64_t milliseconds) {
  if (running_ == nullptr || running_->job_timeout_ms == 0) return false;
  const auto more = static_cast<std::int64_t>(std::min<std::uint64_t>(milliseconds, 1ULL << 40U));
  page_->moved_deadline.store(monotonic_nanoseconds() + more * 1'000'000);
  page_->moved_deadline_of.store(running_->sequence);
  return true;
}

std::string Worker::enqueue(std::span<const narwhal_new_job> jobs) {
  if (running_ == nullptr) return "jobs can only be enqueued from inside a job";
  Enqueue message;
  message.token = ++enqueues_;
  for (const narwhal_new_job& job : jobs) message.jobs.push_back(to_message(job));
  std::string body;
  message.encode(body);
  if (!channel_.send(MessageKind::enqueue, body)) return "the master is gone";
  if (held_.empty()) held_ = channel_.detach();
  while (true) {
    FrameView frame;
    auto read = channel_.receive(frame);
    if (!read || *read == WorkerChannel::Read::closed) return "the master is gone";
    // A QUIT must not cut the wait for the answer short: the receive timeout it set is lifted.
    if (*read == WorkerChannel::Read::interrupted) {
      constexpr timeval kForEver{0, 0};
      ::setsockopt(channel_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &kForEver, sizeof kForEver);
      continue;
    }
    if (static_cast<MessageKind>(frame.kind) != MessageKind::enqueued) {
      early_.emplace_back(frame.kind, std::string{frame.body});
      continue;
    }
    const auto answer = Enqueued::decode(frame.body);
    if (!answer) return answer.error().text();
    if (answer->token == message.token) return std::string{answer->error};
  }
}

void Worker::log(LogConfig::Level level, std::string_view text) {
  if (running_ == nullptr) {
    log_.write(level, text, {{"worker", slot_}, {"pid", ::getpid()}});
  } else {
    log_.write(level, text,
               {{"worker", slot_},
                {"pid", ::getpid()},
                {"job", running_->id},
                {"class", page_->job_class(running_->sequence)},
                {"queue", running_->queue}});
  }
}

}  // namespace narwhal

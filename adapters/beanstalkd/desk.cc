#include "desk.h"

#include <algorithm>

#include "envelope.h"
#include "job_stats.h"
#include "narwhal/job_id.h"
#include "new_job.h"
#include "terms.h"

namespace narwhal::beanstalkd {
namespace {

// Output that the server does not read is kept no further ahead than this.
constexpr std::size_t kMostOutput = std::size_t{4} * 1024 * 1024;

Error unable(const std::string& what, const Reply& reply) {
  return Error{ErrorKind::invalid, "unable to " + what,
               "the server answered " + std::string(word_of(reply.kind))};
}

Error refusal(const Reply& reply) {
  const bool large = reply.kind == ReplyKind::job_too_big;
  return Error{large ? ErrorKind::too_large : ErrorKind::unavailable, "unable to enqueue job",
               "the server answered " + std::string(word_of(reply.kind))};
}

}  // namespace

// A peeked job is looked at for its envelope only; the largest are read past.
Desk::Desk(Session& session) : session_(session), link_(std::size_t{1024} * 1024) {}

Result<bool> Desk::open(const net::Address& address, const std::string& name) {
  auto opened = link_.open(address, name);
  if (!opened.ok() || !*opened) return opened;
  used_ = "default";
  append_command(command({Ask::limits}), "stats");
  return true;
}

void Desk::lose(const std::string& reason) {
  link_.close();
  ready_ = false;
  overdue_at_ = kNever;
  for (const Sent& sent : sent_) {
    if (sent.ask != Ask::put) continue;
    session_.reports.published.push_back(
        {sent.token, Error{ErrorKind::unavailable, "unable to enqueue job",
                           reason + ", and it is not known whether the job was stored"}});
  }
  sent_.clear();
  puts_ = depth_answers_ = 0;
}

void Desk::publish(PublishToken token, NewJob job) { waiting_.push_back({token, std::move(job)}); }

std::string& Desk::command(const Sent& sent) {
  if (sent_.empty()) overdue_at_ = session_.now + session_.patience;
  sent_.push_back(sent);
  return link_.out();
}

void Desk::use(const std::string& tube) {
  if (used_ == tube) return;
  append_command(command({Ask::use}), "use", tube);
  used_ = tube;
}

Result<void> Desk::write() {
  if (ready_) {
    while (!waiting_.empty() && link_.out().size() < kMostOutput) {
      put(waiting_.front());
      waiting_.pop_front();
    }
    if (depths_wanted_ && depth_answers_ == 0) ask_depths();
  }
  return link_.is_open() ? link_.send() : Result<void>{};
}

void Desk::put(const Waiting& waiting) {
  const NewJob& job = waiting.job;
  const PutLimits limits{session_.max_payload, session_.max_job_size};
  if (auto good = check_new_job(job, limits); !good.ok()) {
    session_.reports.published.push_back({waiting.token, good.error()});
    return;
  }
  const std::string id = job.id.empty() ? new_job_id() : job.id;
  const Put put = make_put(job, id, session_.ttr, session_.clock->wall_now());
  use(job.queue);
  append_put(command({Ask::put, waiting.token}), put.options, put.head, job.payload);
  ++puts_;
}

void Desk::ask_depths() {
  depths_wanted_ = false;
  const auto& names = session_.order.names();
  depths_.assign(names.size(), {});
  depth_answers_ = names.size() * 3;
  for (std::size_t i = 0; i < names.size(); ++i) {
    depths_[i].queue = names[i];
    append_command(command({Ask::tube, 0, i}), "stats-tube", names[i]);
    append_command(command({Ask::dead_tube, 0, i}), "stats-tube", dead_tube(names[i]));
    use(names[i]);
    append_command(command({Ask::first_job, 0, i}), "peek-ready");
  }
}

Result<void> Desk::read() {
  auto received = link_.receive();
  Reply reply;
  while (link_.is_open()) {
    auto whole = link_.next(reply);
    if (!whole.ok()) return whole.error();
    if (!*whole) break;
    if (auto handled = handle(reply); !handled.ok()) return handled;
  }
  if (!received.ok()) return received.error();
  if (*received) {
    return Error{ErrorKind::unavailable, "connection lost", "the server closed it"};
  }
  return {};
}

Result<void> Desk::on_timer() {
  if (session_.now < overdue_at_) return {};
  return Error{ErrorKind::unavailable, "connection lost", "the server does not answer"};
}

Result<void> Desk::handle(const Reply& reply) {
  if (sent_.empty()) return unable("follow the server", reply);
  const Sent sent = sent_.front();
  sent_.pop_front();
  overdue_at_ = sent_.empty() ? kNever : session_.now + session_.patience;
  switch (sent.ask) {
    case Ask::limits:
      return on_limits(reply);
    case Ask::use:
      return reply.kind == ReplyKind::using_tube ? Result<void>{} : unable("use a tube", reply);
    case Ask::put:
      on_put(reply, sent);
      return {};
    case Ask::tube:
    case Ask::dead_tube:
    case Ask::first_job:
    case Ask::first_job_age:
      return on_depth(reply, sent);
  }
  return {};
}

Result<void> Desk::on_limits(const Reply& reply) {
  if (reply.kind != ReplyKind::ok) return unable("greet the server", reply);
  if (const std::uint64_t size = yaml_number(reply.body, "max-job-size"); size > 0) {
    session_.max_job_size = static_cast<std::size_t>(size);
  }
  session_.met_server(yaml_text(reply.body, "id"));
  ready_ = true;
  return {};
}

void Desk::on_put(const Reply& reply, const Sent& sent) {
  --puts_;
  Result<void> result;
  // Buried for lack of memory, it is stored all the same, but nobody would come for it.
  if (reply.kind != ReplyKind::inserted) result = refusal(reply);
  session_.reports.published.push_back({sent.token, std::move(result)});
}

Result<void> Desk::on_depth(const Reply& reply, const Sent& sent) {
  QueueDepth& depth = depths_[sent.tube];
  const auto number = [&reply](std::string_view key) {
    return reply.kind == ReplyKind::ok ? yaml_number(reply.body, key) : 0;
  };
  switch (sent.ask) {
    case Ask::tube:
      depth.ready = number("current-jobs-ready");
      depth.delayed = number("current-jobs-delayed");
      depth.in_flight = number("current-jobs-reserved");
      break;
    case Ask::dead_tube:
      depth.dead = number("current-jobs-ready") + number("current-jobs-reserved");
      break;
    case Ask::first_job:
      on_first_job(reply, depth, sent.tube);
      break;
    default:
      depth.oldest_ready_age = std::chrono::seconds{number("age")};
      break;
  }
  if (--depth_answers_ == 0) session_.reports.depths = std::move(depths_);
  return {};
}

// The most urgent job, which is the oldest one where all have one priority. One of a foreign
// producer has no time in it, so the server is asked for its age.
void Desk::on_first_job(const Reply& reply, QueueDepth& depth, std::size_t tube) {
  if (reply.kind != ReplyKind::found) return;
  std::string body = reply.body;
  Envelope envelope;
  if (open_envelope(body, envelope) == Opened::sealed) {
    const Duration age = session_.clock->wall_now() - envelope.ready_at;
    depth.oldest_ready_age = std::max(age, Duration{0});
    return;
  }
  append_command(command({Ask::first_job_age, 0, tube}), "stats-job", reply.id);
  ++depth_answers_;
}

}  // namespace narwhal::beanstalkd

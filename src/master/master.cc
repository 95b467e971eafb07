#include "master/master.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "narwhal/new_job_rules.h"
#include "narwhal/runtime.h"

namespace narwhal {
namespace {

// The status line is sent no more often, and only by a turn that something else made necessary.
constexpr Duration kStatusInterval = std::chrono::seconds{2};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

RunOutcome to_run_outcome(std::uint8_t outcome) {
  switch (outcome) {
    case NARWHAL_DONE:
      return RunOutcome::done;
    case NARWHAL_RETRIED:
      return RunOutcome::retried;
    case NARWHAL_DISCARDED:
      return RunOutcome::discarded;
    case NARWHAL_POSTPONED:
      return RunOutcome::postponed;
    case NARWHAL_REJECTED:
      return RunOutcome::rejected;
    case NARWHAL_CRASHED:
      return RunOutcome::crashed;
    default:
      return RunOutcome::failed;
  }
}

}  // namespace

Master::Master(const Config& config, SelfPipe& signals, Brokers& brokers, Log& log,
               const Clock& clock, Random& random, SdNotify notify)
    : config_(config),
      signals_(signals),
      brokers_(brokers),
      log_(log),
      clock_(clock),
      notify_(std::move(notify)),
      staff_(config, log, random, *this),
      dispatch_(staff_.crew(), config.limits.job_timeout, log),
      ledger_(config, brokers, log, clock, random),
      shutdown_(config.stop),
      workers_wanted_(static_cast<std::uint32_t>(config.workers)) {}

ExitCode Master::run() {
  // Workers are forked twice over and become our own children; so does what their jobs leave
  // behind.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  log_.info("master started",
            {{"pid", ::getpid()}, {"name", config_.name}, {"workers", config_.workers}});
  now_ = clock_.now();
  while (true) {
    staff_.begin_turn(now_);
    take_signals();
    staff_.reap();
    staff_.serve(poll_);
    serve_brokers();
    hand_over();
    staff_.start_missing();
    staff_.watch_deadlines();
    advance_shutdown();
    notify_manager();
    if (shutdown_.phase() == Shutdown::Phase::over) break;
    log_.flush();
    wait();
  }
  const RunTotals& totals = ledger_.totals();
  log_.info("master stopped", {{"done", totals.done},
                               {"failed", totals.failed},
                               {"crashed", totals.crashed},
                               {"released", totals.released},
                               {"dead", totals.dead}});
  return gave_up_ ? ExitCode::app_failing : ExitCode::ok;
}

void Master::wait() {
  poll_.clear();
  poll_.watch_read(signals_.descriptor());
  poll_.watch_read(wall_clock_.descriptor());
  staff_.watch(poll_);
  brokers_.watch(poll_);
  const TimePoint deadline = next_deadline();
  const Duration timeout =
      deadline == kNever ? Duration{-1} : std::max(deadline - now_, Duration{0});
  if (auto waited = poll_.wait(timeout); !waited) log_.error(waited.error().text());
  now_ = clock_.now();
}

TimePoint Master::next_deadline() const {
  return std::min({staff_.wake_at(), brokers_.wake_at(), dispatch_.wake_at(), shutdown_.deadline(),
                   next_notice_});
}

// --- Signals

void Master::take_signals() {
  if (poll_.readable(signals_.descriptor())) signals_.drain();
  if (poll_.readable(wall_clock_.descriptor()) && wall_clock_.take_jump()) {
    log_.info("the wall clock was set");
    brokers_.wall_clock_changed();
  }
  for (auto times = SelfPipe::take(SIGTERM) + SelfPipe::take(SIGINT); times > 0; --times) {
    begin_stop();
  }
  // Sent each second until the process ends: one is enough, and none of them hastens.
  if (SelfPipe::take(SIGXCPU) > 0 && !shutdown_.stopping()) begin_stop();
  for (auto times = SelfPipe::take(SIGQUIT); times > 0; --times) begin_drain();
  if (SelfPipe::take(SIGTSTP) > 0) pause();
  if (SelfPipe::take(SIGCONT) > 0) resume();
  if (SelfPipe::take(SIGWINCH) > 0) retire_workers();
  const int more =
      static_cast<int>(SelfPipe::take(SIGTTIN)) - static_cast<int>(SelfPipe::take(SIGTTOU));
  if (more != 0) scale(more);
  if (SelfPipe::take(SIGUSR1) > 0) report();
  if (SelfPipe::take(SIGHUP) > 0) {
    log_.warning("HUP ignored: this version does not reload; restart to take changes up");
  }
}

void Master::begin_drain() {
  if (!shutdown_.serving()) return begin_stop();
  shutdown_.drain(now_);
  log_.info("draining", {{"busy", staff_.table().busy()},
                         {"drain_timeout_s", seconds(config_.stop.drain_timeout)}});
  notify_.send("STOPPING=1\nSTATUS=draining");
  brokers_.set_fetching(false);
  staff_.drain();
}

void Master::begin_stop() {
  const bool again = shutdown_.stopping();
  shutdown_.stop(now_);
  if (again) return;
  log_.info("stopping", {{"busy", staff_.table().busy()}});
  notify_.send("STOPPING=1\nSTATUS=stopping");
  brokers_.set_fetching(false);
  staff_.stop();
}

void Master::pause() {
  if (!shutdown_.serving() || std::exchange(paused_, true)) return;
  log_.info("fetching paused; CONT resumes");
  brokers_.set_fetching(false);
}

void Master::resume() {
  if (!shutdown_.serving()) return;
  if (std::exchange(workers_retired_, false)) {
    staff_.resize(workers_wanted_);
    log_.info("workers brought back", {{"workers", workers_wanted_}});
  }
  if (!std::exchange(paused_, false)) return;
  log_.info("fetching resumed");
  brokers_.set_fetching(true);
}

void Master::scale(int by) {
  if (!shutdown_.serving()) return;
  workers_retired_ = false;
  workers_wanted_ = static_cast<std::uint32_t>(
      std::clamp(static_cast<int>(workers_wanted_) + by, 1, kMostWorkers));
  log_.info("worker count set", {{"workers", workers_wanted_}});
  staff_.resize(workers_wanted_);
  brokers_.set_capacity(static_cast<int>(workers_wanted_));
}

void Master::retire_workers() {
  if (!shutdown_.serving() || std::exchange(workers_retired_, true)) return;
  log_.info("workers retired; CONT brings them back");
  staff_.resize(0);
}

void Master::report() {
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    log_.info("broker", {{"broker", brokers_.at(i).name()},
                         {"state", brokers_.at(i).state(now_)},
                         {"unconfirmed", brokers_.at(i).unconfirmed()}});
  }
  staff_.log_workers();
}

// --- What workers say, and their deaths

void Master::first_worker_ready(const WorkerSlot&) {
  if (!notify_.active()) return;
  notify_.send("READY=1");
  last_notice_ = next_notice_ = now_;
}

void Master::job_finished(WorkerSlot& slot, const JobFinished& message) {
  auto job = staff_.crew().table().finish(slot, message.sequence, now_);
  if (!job) return;
  RunReport report;
  report.outcome = to_run_outcome(message.outcome);
  report.job_class = message.job_class;
  report.error_class = message.error_class;
  report.message = message.message;
  report.backtrace = message.backtrace;
  report.again = message.again;
  report.signal = message.signal;
  report.max_rss_kib = message.max_rss_kib;
  // The worker's own measure: results that were read together arrived at one time.
  report.took =
      Duration{static_cast<Duration::rep>(std::min<std::uint64_t>(message.took, INT64_MAX))};
  report.worker = slot.index;
  report.pid = slot.pid;
  ledger_.end(std::move(*job), report);
  dispatch_.note_run(slot, report.took, now_);
  staff_.after_job(slot, message.leaving);
}

void Master::enqueue_requested(WorkerSlot& slot, const Enqueue& message) {
  if (message.jobs.empty()) return staff_.crew().answer_enqueue(slot, message.token, {});
  const std::size_t own = slot.current ? slot.current->broker : 0;
  const std::size_t limit = config_.limits.max_payload;
  const auto tokens = publishing_.begin(slot.spawn, message);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const NewJobMessage& job = message.jobs[i];
    if (job.payload.size() > limit) {
      confirm({tokens[i], Error{ErrorKind::too_large, "unable to enqueue",
                                fmt::format("payload of {} bytes is over max_payload ({} bytes)",
                                            job.payload.size(), limit)}});
      continue;
    }
    NewJob stored = to_new_job(job);
    if (auto good = check_rules(stored, clock_.wall_now()); !good) {
      confirm({tokens[i], good.error()});
      continue;
    }
    BrokerLink& broker = brokers_.route(stored.queue, own);
    broker.publish(tokens[i], std::move(stored));
  }
}

void Master::run_lost(JobInHand job, const RunReport& report) {
  ledger_.end(std::move(job), report);
}

void Master::job_returned(JobInHand job) {
  if (job.lost) return;
  dispatch_.take_back({std::move(job.delivery), job.broker, now_});
}

void Master::app_given_up() {
  gave_up_ = true;
  begin_stop();
}

// --- Brokers

void Master::serve_brokers() {
  const std::size_t count = brokers_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first_broker_ + i) % count;
    events_.clear();
    brokers_.at(index).step(poll_, now_, want(), events_);
    apply(events_, index);
  }
}

void Master::hand_over() {
  if (fetching()) dispatch_.hand_over(now_);
  staff_.arm_job_deadlines();
  release_held(/*all=*/!fetching());
  const std::size_t count = brokers_.size();
  for (std::size_t i = 0; i < count; ++i) {
    brokers_.at((first_broker_ + i) % count).flush(now_, want());
  }
  first_broker_ = (first_broker_ + 1) % count;
}

void Master::apply(BrokerEvents& events, std::size_t broker) {
  for (Delivery& job : events.deliveries) {
    if (!ledger_.refuse(job, broker)) dispatch_.take({std::move(job), broker, now_});
  }
  for (const BrokerEvents::Published& published : events.published) confirm(published);
  for (const BrokerEvents::Lost& lost : events.lost) mark_lost(lost, broker);
  for (const BrokerEvents::SetAside& job : events.set_aside) ledger_.set_aside(job, broker);
}

void Master::confirm(const BrokerEvents::Published& published) {
  const auto answer = publishing_.confirm(published);
  if (!answer) return;
  WorkerSlot* slot = staff_.crew().table().find_spawn(answer->spawn);
  if (slot != nullptr) staff_.crew().answer_enqueue(*slot, answer->token, answer->error);
}

void Master::mark_lost(const BrokerEvents::Lost& lost, std::size_t broker) {
  const auto tell = [&](const Delivery& job) {
    log_.warning("lease lost", {{"job", job.id},
                                {"queue", job.queue},
                                {"broker", brokers_.at(broker).name()},
                                {"error", lost.reason}});
  };
  if (const auto held = dispatch_.forget(broker, lost.reservation)) return tell(*held);
  const auto is_lost = [&](const JobInHand& job) {
    return job.broker == broker && job.delivery.reservation == lost.reservation;
  };
  Crew& crew = staff_.crew();
  for (WorkerSlot& slot : crew.table().slots()) {
    if (slot.current && is_lost(*slot.current)) {
      slot.current->lost = true;
      return tell(slot.current->delivery);
    }
    const auto ahead = std::find_if(slot.ahead.begin(), slot.ahead.end(), is_lost);
    if (ahead == slot.ahead.end()) continue;
    ahead->lost = true;
    tell(ahead->delivery);
    const auto index = static_cast<std::size_t>(ahead - slot.ahead.begin());
    if (crew.withdraw(slot, *ahead)) (void)crew.table().take_ahead(slot, index);
    return;
  }
  tell(Delivery{});  // settled, and the broker refused it
}

void Master::release_held(bool all) {
  for (Dispatch::Held& held : dispatch_.give_up(now_, all)) {
    ledger_.release(std::move(held.delivery), held.broker);
  }
}

// --- The end

void Master::advance_shutdown() {
  if (shutdown_.serving()) return;
  if (shutdown_.phase() == Shutdown::Phase::draining && now_ >= shutdown_.deadline()) {
    log_.warning("drain_timeout passed", {{"busy", staff_.table().busy()}});
    begin_stop();
  }
  if (staff_.table().alive() == 0) staff_.end_mold();
  if (staff_.alone() && brokers_.unconfirmed() == 0) return shutdown_.finish();
  const bool hastened = shutdown_.phase() == Shutdown::Phase::over;
  shutdown_.tick(now_);
  if (shutdown_.phase() == Shutdown::Phase::over) {
    log_.warning(hastened
                     ? "second signal: stopping at once; jobs not given back will be taken up as "
                       "orphans, each with a crash more"
                     : "stop_timeout passed: jobs not given back will be taken up as orphans, each "
                       "with a crash more",
                 {{"workers", staff_.table().alive()}, {"unconfirmed", brokers_.unconfirmed()}});
  }
}

void Master::notify_manager() {
  if (!notify_.active() || last_notice_ == kNever) return;
  if (now_ < next_notice_ && now_ - last_notice_ < kStatusInterval) return;
  std::string text;
  if (std::string now_status = status(); now_status != last_status_) {
    text = last_status_ = std::move(now_status);
  }
  // A turn of the loop is the progress that the manager asks for.
  if (notify_.watchdog()) text += "\nWATCHDOG=1";
  if (!text.empty()) notify_.send(text);
  last_notice_ = now_;
  next_notice_ = notify_.watchdog() ? now_ + *notify_.watchdog() / 2 : kNever;
}

std::string Master::status() {
  std::string down;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    BrokerLink& broker = brokers_.at(i);
    if (!broker.serving()) down += fmt::format("; {} {}", broker.name(), broker.state(now_));
  }
  const RunTotals& totals = ledger_.totals();
  return fmt::format("STATUS={} of {} workers busy; {} done, {} failed, {} dead{}",
                     staff_.table().busy(), staff_.table().alive(), totals.done, totals.failed,
                     totals.dead, down);
}

}  // namespace narwhal

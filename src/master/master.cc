#include "master/master.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "master/process_memory.h"
#include "narwhal/runtime.h"

namespace narwhal {
namespace {

// Requests that wait at the mold at the same time; each holds two descriptors in flight.
constexpr std::size_t kMostStarting = 16;
// Two workers of one slot are started no closer together.
constexpr Duration kRespawnInterval = std::chrono::milliseconds{100};
// A worker's memory is looked at no more often.
constexpr Duration kMemoryInterval = std::chrono::milliseconds{100};
// A worker that closed its channel is reaped sooner, if it has died.
constexpr Duration kDeafGrace = std::chrono::milliseconds{200};
constexpr std::size_t kMostStrangers = 1024;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

MoldSettings mold_settings(const Config& config) {
  return {config.app, config.log, config.limits.max_payload, ::getpid()};
}

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
      random_(random),
      notify_(std::move(notify)),
      mold_(mold_settings(config)),
      crew_(static_cast<std::uint32_t>(config.workers), config.limits),
      dispatch_(crew_, config.limits.job_timeout, log),
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
  while (shutdown_.phase() != Shutdown::Phase::over) {
    take_signals();
    reap();
    serve_mold();
    crew_.serve(poll_, *this);
    serve_brokers();
    hand_over();
    spawn_workers();
    watch_deadlines();
    advance_shutdown();
    notify_manager();
    log_.flush();
    if (shutdown_.phase() != Shutdown::Phase::over) wait();
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
  mold_.watch(poll_);
  crew_.watch(poll_);
  brokers_.watch(poll_);
  const TimePoint deadline = next_deadline();
  const Duration timeout =
      deadline == kNever ? Duration{-1} : std::max(deadline - now_, Duration{0});
  if (auto waited = poll_.wait(timeout); !waited) log_.error(waited.error().text());
  now_ = clock_.now();
}

TimePoint Master::next_deadline() const {
  const TimePoint spawn = mold_.state() == MoldLink::State::down ? mold_not_before_ : kNever;
  return std::min({deadline_, spawn, brokers_.wake_at(), dispatch_.wake_at(), shutdown_.deadline(),
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
  for (auto times = SelfPipe::take(SIGQUIT); times > 0; --times) begin_drain();
  if (SelfPipe::take(SIGTSTP) > 0) pause();
  if (SelfPipe::take(SIGCONT) > 0) resume();
  if (SelfPipe::take(SIGWINCH) > 0) retire_workers();
  const int more =
      static_cast<int>(SelfPipe::take(SIGTTIN)) - static_cast<int>(SelfPipe::take(SIGTTOU));
  if (more != 0) scale(more);
  if (SelfPipe::take(SIGUSR1) > 0) log_workers();
}

void Master::begin_drain() {
  if (!shutdown_.serving()) return begin_stop();
  shutdown_.drain(now_);
  log_.info("draining", {{"busy", crew_.table().busy()},
                         {"drain_timeout_s", seconds(config_.stop.drain_timeout)}});
  notify_.send("STOPPING=1\nSTATUS=draining");
  brokers_.set_fetching(false);
  for (WorkerSlot& slot : crew_.table().slots()) {
    dispatch_.recall(slot, now_);
    if (slot.state == WorkerState::starting) kill(slot, KillReason::stopping);
    if (slot.state == WorkerState::ready) let_leave(slot);
  }
  release_held(/*all=*/true);
}

void Master::begin_stop() {
  const bool again = shutdown_.phase() == Shutdown::Phase::stopping;
  shutdown_.stop(now_);
  if (again) return;
  log_.info("stopping", {{"busy", crew_.table().busy()}});
  notify_.send("STOPPING=1\nSTATUS=stopping");
  brokers_.set_fetching(false);
  for (WorkerSlot& slot : crew_.table().slots()) {
    dispatch_.recall(slot, now_);
    if (slot.alive()) kill(slot, KillReason::stopping);
  }
  mold_.kill();
  release_held(/*all=*/true);
}

void Master::pause() {
  if (std::exchange(paused_, true) || !shutdown_.serving()) return;
  log_.info("fetching paused");
  brokers_.set_fetching(false);
}

void Master::resume() {
  if (!shutdown_.serving()) return;
  if (std::exchange(workers_retired_, false)) {
    crew_.table().resize(workers_wanted_);
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
  crew_.table().resize(workers_wanted_);
  brokers_.set_capacity(static_cast<int>(workers_wanted_));
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (!slot.retired || slot.state != WorkerState::ready) continue;
    dispatch_.recall(slot, now_);
    let_leave(slot);
  }
}

void Master::retire_workers() {
  if (!shutdown_.serving() || std::exchange(workers_retired_, true)) return;
  log_.info("workers retired; CONT brings them back");
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (slot.state != WorkerState::ready) continue;
    dispatch_.recall(slot, now_);
    let_leave(slot);
  }
  crew_.table().resize(0);
}

void Master::log_workers() {
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    log_.info("broker", {{"broker", brokers_.at(i).name()},
                         {"state", brokers_.at(i).state(now_)},
                         {"unconfirmed", brokers_.at(i).unconfirmed()}});
  }
  for (const WorkerSlot& slot : crew_.table().slots()) {
    if (!slot.current) {
      log_.info("worker", {{"worker", slot.index},
                           {"pid", slot.pid},
                           {"state", slot.idle() ? "idle" : worker_state_name(slot.state)},
                           {"for_s", seconds(now_ - slot.since)},
                           {"jobs", slot.jobs_done}});
      continue;
    }
    const Delivery& job = slot.current->delivery;
    log_.info("worker",
              {{"worker", slot.index},
               {"pid", slot.pid},
               {"state", slot.state == WorkerState::ready ? "busy" : worker_state_name(slot.state)},
               {"for_s", seconds(now_ - slot.current->started)},
               {"jobs", slot.jobs_done},
               {"job", job.id},
               {"queue", job.queue},
               {"attempt", job.counters.attempts + 1}});
  }
}

// --- Children

void Master::reap() {
  if (SelfPipe::take(SIGCHLD) == 0) return;
  while (true) {
    rusage usage{};
    WorkerDeath death;
    death.pid = ::wait4(-1, &death.status, WNOHANG, &usage);
    if (death.pid <= 0) return;
    death.max_rss_kib = usage.ru_maxrss;
    if (death.pid == mold_.pid()) {
      mold_died(death);
    } else if (WorkerSlot* slot = crew_.table().find_pid(death.pid)) {
      worker_died(*slot, death);
    } else {
      // A worker that the mold has yet to name, or what a job left behind.
      strangers_.push_back(death);
      if (strangers_.size() > kMostStrangers) strangers_.pop_front();
    }
  }
}

void Master::mold_died(const WorkerDeath& death) {
  // What it said last may be why it died.
  for (const MoldMessage& message : mold_.receive()) apply(message);
  const bool loading = mold_.state() == MoldLink::State::loading;
  mold_.gone();
  mold_not_before_ = now_;
  // Requests it had not served: nobody will.
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (slot.alive() && slot.pid == 0) crew_.bury(slot, now_);
  }
  if (!shutdown_.serving()) return;
  if (loading) {
    // The mold exits with 1 after it has said why.
    if (death.exit_code() != 1) start_failed("the mold died while loading the app", death.text());
  } else {
    log_.warning("the mold died; its workers go on", {{"pid", death.pid}, {"error", death.text()}});
  }
}

void Master::start_failed(std::string_view what, std::string_view error) {
  const std::uint32_t before = brake_.rounds();
  brake_.on_failure(now_, random_.unit());
  if (brake_.give_up()) {
    log_.error("the app kept failing to start; giving up", {{"error", error}});
    gave_up_ = true;
    begin_stop();
    return;
  }
  log_.write(before == brake_.rounds() ? LogConfig::Level::debug : LogConfig::Level::error, what,
             {{"error", error}, {"retry_in_s", seconds(brake_.ready_at() - now_)}});
}

void Master::serve_mold() {
  if (mold_.readable(poll_)) {
    for (const MoldMessage& message : mold_.receive()) apply(message);
  }
  if (!shutdown_.serving() || mold_.state() != MoldLink::State::down || mold_.pid() != 0) return;
  mold_not_before_ = std::max(mold_not_before_, brake_.ready_at());
  if (now_ < mold_not_before_) return;
  if (auto started = mold_.start(); !started) {
    mold_not_before_ = now_ + kRespawnInterval;
    start_failed("unable to start the mold", started.error().text());
  }
}

void Master::apply(const MoldMessage& message) {
  if (std::holds_alternative<AppLoaded>(message)) {
    log_.info("app loaded", {{"pid", mold_.pid()}});
  } else if (const auto* failed = std::get_if<AppFailed>(&message)) {
    start_failed("the app does not load", failed->error);
  } else if (const auto* spawned = std::get_if<WorkerSpawned>(&message)) {
    WorkerSlot* slot = crew_.table().find_spawn(spawned->spawn);
    if (slot == nullptr) {
      ::kill(spawned->pid, SIGKILL);  // its request was given up
      return;
    }
    slot->pid = spawned->pid;
    if (slot->state == WorkerState::killed) ::kill(slot->pid, SIGKILL);
    const auto death =
        std::find_if(strangers_.begin(), strangers_.end(),
                     [&](const auto& stranger) { return stranger.pid == spawned->pid; });
    if (death == strangers_.end()) return;
    const WorkerDeath early = *death;
    strangers_.erase(death);
    worker_died(*slot, early);
  } else if (const auto* not_spawned = std::get_if<SpawnFailed>(&message)) {
    WorkerSlot* slot = crew_.table().find_spawn(not_spawned->spawn);
    if (slot == nullptr) return;
    start_failed("unable to start a worker", not_spawned->error);
    crew_.bury(*slot, now_);
  }
}

void Master::worker_died(WorkerSlot& slot, const WorkerDeath& death) {
  crew_.read_to_end(slot, *this);
  const bool was_starting = !slot.was_ready && slot.kill_reason != KillReason::stopping;
  const bool expected = slot.state == WorkerState::leaving || slot.kill_reason != KillReason::none;
  const bool busy = slot.current.has_value();
  if (was_starting) {
    start_failed("a worker died before it was ready",
                 slot.kill_reason == KillReason::spawn_timeout ? "spawn_timeout" : death.text());
  } else if (!expected || (busy && slot.kill_reason == KillReason::none)) {
    log_.warning("worker died", {{"worker", slot.index},
                                 {"pid", death.pid},
                                 {"error", death.text()},
                                 {"max_rss_kib", death.max_rss_kib}});
  } else {
    log_.debug("worker gone", {{"worker", slot.index}, {"pid", death.pid}});
  }
  settle_dead(slot, death);
  slot.spawn_not_before = std::max(now_, slot.started_at + kRespawnInterval);
  crew_.bury(slot, now_);
}

void Master::settle_dead(WorkerSlot& slot, const WorkerDeath& death) {
  if (!slot.current) return;
  std::string message;
  for (JobInHand& job : crew_.table().take_all(slot)) {
    if (crew_.withdraw(slot, job)) {  // it had not begun
      dispatch_.take_back({std::move(job.delivery), job.broker, now_});
      continue;
    }
    const RunReport report = report_death(
        slot, job, death, shutdown_.phase() == Shutdown::Phase::stopping, now_, message);
    ledger_.end(std::move(job), report);
  }
  if (!fetching()) release_held(/*all=*/true);
}

void Master::kill(WorkerSlot& slot, KillReason reason) {
  if (slot.state == WorkerState::killed) return;
  if (slot.state == WorkerState::starting && slot.pid == 0) mold_.kill();
  crew_.kill(slot, reason, now_);
}

void Master::let_leave(WorkerSlot& slot) {
  crew_.tell_to_leave(slot, now_);
  arm(now_ + config_.stop.stop_timeout);
}

void Master::spawn_workers() {
  if (!shutdown_.serving() || mold_.state() != MoldLink::State::ready) return;
  if (now_ < brake_.ready_at()) {
    arm(brake_.ready_at());
    return;
  }
  std::size_t starting = crew_.table().count(WorkerState::starting);
  const std::size_t most = brake_.cautious() ? 1 : kMostStarting;
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (starting >= most) return;
    if (slot.alive() || slot.retired) continue;
    if (now_ < slot.spawn_not_before) {
      arm(slot.spawn_not_before);
      continue;
    }
    auto started = crew_.start(slot, mold_, now_);
    if (!started) {
      start_failed("unable to start a worker", started.error().text());
      return;
    }
    if (!*started) return arm(now_ + kRespawnInterval);
    ++starting;
    arm(now_ + config_.limits.spawn_timeout);
  }
}

// --- What workers say

void Master::worker_ready(WorkerSlot& slot) {
  if (slot.state != WorkerState::starting) return;
  brake_.on_ready();
  crew_.table().ready(slot, now_);
  log_.debug(
      "worker ready",
      {{"worker", slot.index}, {"pid", slot.pid}, {"ms", seconds(now_ - slot.started_at) * 1000}});
  if (slot.retired || !shutdown_.serving()) let_leave(slot);
  if (std::exchange(announced_ready_, true)) return;
  log_.info("ready", {{"worker", slot.index}, {"ms", seconds(now_ - slot.started_at) * 1000}});
  notify_.send("READY=1");
  if (notify_.active()) next_notice_ = now_;
}

void Master::job_finished(WorkerSlot& slot, const JobFinished& message) {
  auto job = crew_.table().finish(slot, message.sequence, now_);
  if (!job) return;
  RunReport report;
  report.outcome = to_run_outcome(message.outcome);
  report.job_class = message.job_class;
  report.error_class = message.error_class;
  report.message = message.message;
  report.backtrace = message.backtrace;
  report.again = message.again;
  report.took = now_ - job->started;
  report.worker = slot.index;
  report.pid = slot.pid;
  ledger_.end(std::move(*job), report);
  dispatch_.note_run(slot, report.took, now_);
  if (message.leaving) {
    dispatch_.recall(slot, now_);
    if (slot.state == WorkerState::ready) let_leave(slot);
  } else {
    recycle(slot);
  }
  if (slot.state == WorkerState::leaving) {
    slot.since = now_;  // the time to leave in counts from the end of its job
    arm(now_ + config_.stop.stop_timeout);
  }
}

void Master::recycle(WorkerSlot& slot) {
  if (slot.state != WorkerState::ready || !worn_out(slot)) return;
  dispatch_.recall(slot, now_);
  let_leave(slot);
}

bool Master::worn_out(WorkerSlot& slot) const {
  const LimitsConfig& limits = config_.limits;
  std::string_view limit;
  if (slot.jobs_left == 0) {
    limit = "max_jobs";
  } else if (limits.max_age.count() > 0 && now_ - slot.started_at >= limits.max_age) {
    limit = "max_age";
  } else if (limits.max_rss > 0 && now_ - slot.rss_checked >= kMemoryInterval) {
    slot.rss_checked = now_;
    if (resident_bytes(slot.pid) > limits.max_rss) limit = "max_rss";
  }
  if (limit.empty()) return false;
  log_.info(
      "worker recycled",
      {{"worker", slot.index}, {"pid", slot.pid}, {"limit", limit}, {"jobs", slot.jobs_done}});
  return true;
}

void Master::enqueue_requested(WorkerSlot& slot, const Enqueue& message) {
  const std::size_t own = slot.current ? slot.current->broker : 0;
  if (message.jobs.empty()) {
    crew_.answer_enqueue(slot, message.token, {});
    return;
  }
  const auto tokens = publishing_.begin(slot.spawn, message);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const NewJobMessage& job = message.jobs[i];
    if (job.payload.size() > config_.limits.max_payload) {
      confirm({tokens[i], Error{ErrorKind::too_large, "unable to enqueue",
                                fmt::format("payload of {} bytes is over max_payload ({} bytes)",
                                            job.payload.size(), config_.limits.max_payload)}});
      continue;
    }
    NewJob stored = to_new_job(job);
    BrokerLink& broker = brokers_.route(stored.queue, own);
    broker.publish(tokens[i], std::move(stored));
  }
}

void Master::worker_closed(WorkerSlot& slot) {
  if (slot.state != WorkerState::starting && slot.state != WorkerState::ready) return;
  // It can be given no more jobs; if it has not died within a moment, it closed the channel and
  // lives.
  dispatch_.recall(slot, now_);
  crew_.table().deaf(slot, now_);
  arm(now_ + kDeafGrace);
}

void Master::worker_garbled(WorkerSlot& slot) {
  log_.error("worker sent what cannot be read", {{"worker", slot.index}, {"pid", slot.pid}});
  kill(slot, KillReason::deaf);
}

// --- Brokers

void Master::serve_brokers() {
  const std::size_t count = brokers_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first_broker_ + i) % count;
    events_.clear();
    brokers_.at(index).step(poll_, now_, fetching() ? dispatch_.want(now_) : 0, events_);
    apply(events_, index);
  }
}

void Master::hand_over() {
  if (fetching()) dispatch_.hand_over(now_);
  arm_job_deadlines();
  release_held(/*all=*/!fetching());
  const std::size_t count = brokers_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first_broker_ + i) % count;
    brokers_.at(index).flush(now_, fetching() ? dispatch_.want(now_) : 0);
  }
  first_broker_ = (first_broker_ + 1) % count;
}

void Master::apply(BrokerEvents& events, std::size_t broker) {
  for (Delivery& job : events.deliveries) {
    if (!ledger_.refuse(job, broker)) dispatch_.take({std::move(job), broker, now_});
  }
  for (const BrokerEvents::Published& published : events.published) confirm(published);
  for (const BrokerEvents::Lost& lost : events.lost) mark_lost(lost, broker);
}

void Master::confirm(const BrokerEvents::Published& published) {
  const auto answer = publishing_.confirm(published);
  if (!answer) return;
  WorkerSlot* slot = crew_.table().find_spawn(answer->spawn);
  if (slot != nullptr) crew_.answer_enqueue(*slot, answer->token, answer->error);
}

void Master::mark_lost(const BrokerEvents::Lost& lost, std::size_t broker) {
  log_.warning("lease lost", {{"broker", brokers_.at(broker).name()}, {"error", lost.reason}});
  dispatch_.forget(broker, lost.reservation);
  for (WorkerSlot& slot : crew_.table().slots()) {
    for (auto* job : {&slot.current, &slot.ahead}) {
      if (*job && (*job)->broker == broker && (*job)->delivery.reservation == lost.reservation) {
        (*job)->lost = true;
      }
    }
    if (slot.ahead && slot.ahead->lost && crew_.withdraw(slot, *slot.ahead)) {
      (void)crew_.table().take_ahead(slot);
    }
  }
}

void Master::release_held(bool all) {
  for (Dispatch::Held& held : dispatch_.give_up(now_, all)) {
    ledger_.release(std::move(held.delivery), held.broker);
  }
}

// --- Deadlines

void Master::arm_job_deadlines() {
  if (config_.limits.job_timeout.count() > 0) arm(now_ + config_.limits.job_timeout);
  if (config_.limits.soft_timeout.count() > 0) arm(now_ + config_.limits.soft_timeout);
}

void Master::watch_deadlines() {
  if (now_ < deadline_) return;
  deadline_ = kNever;
  for (WorkerSlot& slot : crew_.table().slots()) watch(slot);
}

void Master::watch(WorkerSlot& slot) {
  const auto overdue = [&](TimePoint deadline) {
    if (now_ < deadline) arm(deadline);
    return now_ >= deadline;
  };
  if (slot.state == WorkerState::starting && overdue(slot.since + config_.limits.spawn_timeout)) {
    log_.error("worker not ready in time", {{"worker", slot.index}, {"pid", slot.pid}});
    kill(slot, KillReason::spawn_timeout);
  }
  if (slot.state == WorkerState::deaf && overdue(slot.since + kDeafGrace)) {
    log_.warning("worker closed its channel; killed", {{"worker", slot.index}, {"pid", slot.pid}});
    kill(slot, KillReason::deaf);
  }
  if (slot.state == WorkerState::ready || slot.state == WorkerState::leaving) {
    if (slot.current) {
      watch_job(slot);
    } else if (slot.state == WorkerState::leaving &&
               overdue(slot.since + config_.stop.stop_timeout)) {
      log_.warning("worker did not leave; killed", {{"worker", slot.index}, {"pid", slot.pid}});
      kill(slot, KillReason::overdue);
    }
  }
}

void Master::watch_job(WorkerSlot& slot) {
  const Duration soft = config_.limits.soft_timeout;
  if (soft.count() > 0 && !slot.current->soft_timeout_raised) {
    if (now_ >= slot.current->started + soft) {
      log_.info("soft timeout",
                {{"worker", slot.index}, {"pid", slot.pid}, {"job", slot.current->delivery.id}});
      crew_.raise_soft_timeout(slot, mold_.interrupt_signal());
    } else {
      arm(slot.current->started + soft);
    }
  }
  if (slot.current->deadline == kNever) return;
  const TimePoint deadline = crew_.deadline(slot);
  if (now_ < deadline) return arm(deadline);
  // If the worker has just begun the job ahead, this job's result is in its channel.
  crew_.read_to_end(slot, *this);
  if (slot.current && now_ >= crew_.deadline(slot)) kill(slot, KillReason::job_timeout);
}

// --- The end

void Master::advance_shutdown() {
  if (shutdown_.serving()) return;
  if (shutdown_.phase() == Shutdown::Phase::draining && now_ >= shutdown_.deadline()) {
    log_.warning("drain_timeout passed", {{"busy", crew_.table().busy()}});
    begin_stop();
  }
  const bool alone = crew_.table().alive() == 0;
  if (alone) mold_.kill();
  if (alone && mold_.pid() == 0 && brokers_.unconfirmed() == 0) return shutdown_.finish();
  shutdown_.tick(now_);
  if (shutdown_.phase() == Shutdown::Phase::over) {
    log_.warning("stop_timeout passed: jobs not given back will be taken up as orphans",
                 {{"workers", crew_.table().alive()}, {"unconfirmed", brokers_.unconfirmed()}});
  }
}

void Master::notify_manager() {
  if (!notify_.active() || !announced_ready_ || now_ < next_notice_) return;
  std::string down;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    if (!brokers_.at(i).serving())
      down += fmt::format("; {} {}", brokers_.at(i).name(), brokers_.at(i).state(now_));
  }
  const RunTotals& totals = ledger_.totals();
  std::string text = fmt::format("STATUS={} of {} workers busy; {} done, {} failed, {} dead{}",
                                 crew_.table().busy(), crew_.table().alive(), totals.done,
                                 totals.failed, totals.dead, down);
  if (notify_.watchdog()) text += "\nWATCHDOG=1";
  notify_.send(text);
  next_notice_ = notify_.watchdog() ? now_ + *notify_.watchdog() / 2 : kNever;
}

}  // namespace narwhal

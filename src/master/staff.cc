#include "master/staff.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/self_pipe.h"
#include "master/process_memory.h"

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

}  // namespace

Staff::Staff(const Config& config, Log& log, Random& random, StaffEvents& events)
    : config_(config),
      log_(log),
      random_(random),
      events_(events),
      mold_({config.app, config.log, config.limits.max_payload, ::getpid()}),
      crew_(static_cast<std::uint32_t>(config.workers), config.limits) {}

void Staff::watch(PollSet& set) const {
  mold_.watch(set);
  crew_.watch(set);
}

TimePoint Staff::wake_at() const {
  const bool mold_due = mode_ == Mode::serving && mold_.pid() == 0;
  return mold_due ? std::min(deadline_, mold_not_before_) : deadline_;
}

void Staff::serve(const PollSet& ready) {
  if (mold_.readable(ready)) {
    for (const MoldMessage& message : mold_.receive()) apply(message);
  }
  if (mode_ == Mode::serving && mold_.pid() == 0) start_mold();
  crew_.serve(ready, *this);
  bury_named_strangers();
}

// --- Births

void Staff::start_mold() {
  mold_not_before_ = std::max(mold_not_before_, brake_.ready_at());
  if (now_ < mold_not_before_) return;
  if (auto started = mold_.start(); !started) {
    mold_not_before_ = now_ + kRespawnInterval;
    return start_failed("unable to start the mold", started.error().text());
  }
  load_deadline_ = now_ + config_.limits.spawn_timeout;
  arm(load_deadline_);
}

void Staff::apply(const MoldMessage& message) {
  if (std::holds_alternative<AppLoaded>(message)) {
    log_.info("app loaded", {{"pid", mold_.pid()}});
  } else if (const auto* failed = std::get_if<AppFailed>(&message)) {
    start_failed("the app does not load", failed->error);
  } else if (const auto* spawned = std::get_if<WorkerSpawned>(&message)) {
    worker_spawned(*spawned);
  } else if (const auto* not_spawned = std::get_if<SpawnFailed>(&message)) {
    spawn_failed(*not_spawned);
  }
}

void Staff::worker_spawned(const WorkerSpawned& spawned) {
  WorkerSlot* slot = crew_.table().find_spawn(spawned.spawn);
  if (slot == nullptr) {
    ::kill(spawned.pid, SIGKILL);  // its request was given up
    return;
  }
  name(*slot, spawned.pid);
}

void Staff::name(WorkerSlot& slot, pid_t pid) {
  if (slot.pid != 0) return;
  slot.pid = pid;
  if (slot.state == WorkerState::killed) ::kill(pid, SIGKILL);
}

bool Staff::awaits_name() const {
  const auto& slots = table().slots();
  return std::any_of(slots.begin(), slots.end(),
                     [](const WorkerSlot& slot) { return slot.alive() && slot.pid == 0; });
}

void Staff::spawn_failed(const SpawnFailed& failed) {
  WorkerSlot* slot = crew_.table().find_spawn(failed.spawn);
  // Named already: whoever forked it was killed after that, and the worker lives. Not named, it
  // leaves when its channel closes.
  if (slot == nullptr || slot->pid != 0) return;
  start_failed("unable to start a worker", failed.error);
  crew_.bury(*slot, now_);
}

void Staff::start_failed(std::string_view what, std::string_view error) {
  const std::uint32_t before = brake_.rounds();
  brake_.on_failure(now_, random_.unit());
  if (brake_.give_up()) {
    log_.error("the app kept failing to start; giving up", {{"error", error}});
    events_.app_given_up();
    return;
  }
  log_.write(before == brake_.rounds() ? LogConfig::Level::debug : LogConfig::Level::error, what,
             {{"error", error}, {"retry_in_s", seconds(brake_.ready_at() - now_)}});
}

void Staff::start_missing() {
  if (mode_ != Mode::serving || mold_.state() != MoldLink::State::ready) return;
  if (table().vacancies() == 0) return;
  if (now_ < brake_.ready_at()) return arm(brake_.ready_at());
  std::size_t starting = table().count(WorkerState::starting);
  const std::size_t most = brake_.cautious() ? 1 : kMostStarting;
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (starting >= most) return;
    if (slot.alive() || slot.retired) continue;
    if (now_ < slot.spawn_not_before) {
      arm(slot.spawn_not_before);
      continue;
    }
    auto started = crew_.start(slot, mold_, now_);
    if (!started) return start_failed("unable to start a worker", started.error().text());
    if (!*started) return arm(now_ + kRespawnInterval);
    ++starting;
    arm(now_ + config_.limits.spawn_timeout);
  }
}

void Staff::worker_ready(WorkerSlot& slot, const WorkerReady& message) {
  name(slot, message.pid);
  if (slot.state != WorkerState::starting) return;
  brake_.on_ready();
  crew_.table().ready(slot, now_);
  const double took_ms = seconds(now_ - slot.started_at) * 1000;
  log_.debug("worker ready", {{"worker", slot.index}, {"pid", slot.pid}, {"ms", took_ms}});
  if (slot.retired || mode_ != Mode::serving) let_leave(slot);
  if (std::exchange(announced_ready_, true)) return;
  log_.info("ready", {{"worker", slot.index}, {"ms", took_ms}});
  events_.first_worker_ready(slot);
}

// --- Deaths

void Staff::reap() {
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
    } else if (awaits_name()) {
      // A worker that the mold has yet to name, or what a job left behind.
      strangers_.push_back(death);
      if (strangers_.size() > kMostStrangers) strangers_.pop_front();
    }
  }
}

void Staff::bury_named_strangers() {
  if (strangers_.empty()) return;
  for (const WorkerDeath& death : std::exchange(strangers_, {})) {
    if (WorkerSlot* slot = crew_.table().find_pid(death.pid)) {
      worker_died(*slot, death);
    } else {
      strangers_.push_back(death);
    }
  }
  // Kept for longer, they would be taken for the deaths of workers that get the same numbers later.
  if (!awaits_name()) strangers_.clear();
}

void Staff::mold_died(const WorkerDeath& death) {
  const std::vector<MoldMessage> last_words = mold_.receive();
  const bool loading = mold_.state() == MoldLink::State::loading;
  mold_.gone();
  mold_not_before_ = now_;
  for (const MoldMessage& message : last_words) apply(message);
  bury_named_strangers();
  // Requests it had not served: nobody will. By index, since a retired slot goes when it is buried.
  auto& slots = crew_.table().slots();
  for (std::size_t i = 0; i < slots.size(); ++i) {  // NOLINT(modernize-loop-convert)
    if (slots[i].alive() && slots[i].pid == 0) crew_.bury(slots[i], now_);
  }
  strangers_.clear();
  if (mode_ != Mode::serving) return;
  if (!loading) {
    log_.warning("the mold died; its workers go on", {{"pid", death.pid}, {"error", death.text()}});
  } else if (now_ >= load_deadline_) {
    start_failed("the app does not load", "it took longer than spawn_timeout");
  } else if (death.exit_code() != 1) {  // with 1 it exits after it has said why
    start_failed("the mold died while loading the app", death.text());
  }
}

void Staff::worker_died(WorkerSlot& slot, const WorkerDeath& death) {
  crew_.read_to_end(slot, *this);
  slot.pid = 0;  // reaped: the number may soon be somebody else's
  std::vector<JobInHand> begun = return_unbegun(slot);
  if (!slot.was_ready && slot.kill_reason != KillReason::stopping) {
    start_failed("a worker died before it was ready",
                 slot.kill_reason == KillReason::spawn_timeout ? "spawn_timeout" : death.text());
  } else {
    log_death(slot, death, begun.empty());
  }
  lose(std::move(begun), slot, death);
  slot.spawn_not_before = std::max(now_, slot.started_at + kRespawnInterval);
  arm(slot.spawn_not_before);
  crew_.bury(slot, now_);
}

void Staff::log_death(const WorkerSlot& slot, const WorkerDeath& death, bool idle) {
  const bool left = slot.state == WorkerState::leaving && idle;
  if (left || slot.kill_reason != KillReason::none) {
    log_.debug("worker gone", {{"worker", slot.index}, {"pid", death.pid}});
  } else {
    log_.warning("worker died", {{"worker", slot.index},
                                 {"pid", death.pid},
                                 {"error", death.text()},
                                 {"max_rss_kib", death.max_rss_kib}});
  }
}

std::vector<JobInHand> Staff::return_unbegun(WorkerSlot& slot) {
  if (!slot.current) return {};
  std::vector<JobInHand> jobs = crew_.table().take_all(slot);
  // From the back: each that is returned goes to the front of those that wait.
  for (; !jobs.empty() && crew_.withdraw(slot, jobs.back()); jobs.pop_back()) {
    events_.job_returned(std::move(jobs.back()));
  }
  return jobs;
}

void Staff::lose(std::vector<JobInHand> begun, const WorkerSlot& slot, const WorkerDeath& death) {
  std::string message;
  for (JobInHand& job : begun) {
    RunReport report = report_death(slot, job, death, mode_ == Mode::stopping, now_, message);
    const std::string job_class = crew_.job_class(slot, job);
    report.job_class = job_class;
    events_.run_lost(std::move(job), report);
  }
}

void Staff::return_ahead(WorkerSlot& slot) {
  std::vector<JobInHand> jobs = crew_.withdraw_ahead(slot);
  for (; !jobs.empty(); jobs.pop_back()) events_.job_returned(std::move(jobs.back()));
}

void Staff::worker_closed(WorkerSlot& slot) {
  if (slot.state != WorkerState::starting && slot.state != WorkerState::ready) return;
  // It can be given no more jobs; if it has not died within a moment, it closed the channel and
  // lives.
  return_ahead(slot);
  crew_.table().deaf(slot, now_);
  arm(now_ + kDeafGrace);
}

void Staff::worker_garbled(WorkerSlot& slot) {
  log_.error("worker sent what cannot be read", {{"worker", slot.index}, {"pid", slot.pid}});
  kill(slot, KillReason::deaf);
}

void Staff::kill(WorkerSlot& slot, KillReason reason) {
  if (slot.state == WorkerState::killed) return;
  // Not forked yet, or stuck in a fork handler of the app: only the mold's end ends that.
  if (slot.pid == 0) mold_.kill();
  crew_.kill(slot, reason, now_);
}

void Staff::let_leave(WorkerSlot& slot) {
  return_ahead(slot);
  crew_.tell_to_leave(slot, now_);
  arm(now_ + config_.stop.stop_timeout);
}

// --- Wear

void Staff::after_job(WorkerSlot& slot, bool leaving) {
  if (slot.state == WorkerState::ready) {
    const std::string_view limit = worn_out(slot);
    if (leaving || !limit.empty()) let_leave(slot);
    if (!limit.empty()) {
      log_.info("worker recycled", {{"worker", slot.index},
                                    {"pid", slot.pid},
                                    {"limit", limit},
                                    {"jobs", slot.jobs_done + slot.jobs_in_hand()}});
    }
  }
  if (slot.state == WorkerState::leaving) {
    slot.since = now_;  // the time to leave in counts from the end of its job
    arm(now_ + config_.stop.stop_timeout);
  }
}

std::string_view Staff::worn_out(WorkerSlot& slot) const {
  const LimitsConfig& limits = config_.limits;
  if (slot.jobs_left == 0) return "max_jobs";
  if (limits.max_age.count() > 0 && now_ - slot.started_at >= limits.max_age) return "max_age";
  if (limits.max_rss > 0 && now_ - slot.rss_checked >= kMemoryInterval) {
    slot.rss_checked = now_;
    if (resident_bytes(slot.pid) > limits.max_rss) return "max_rss";
  }
  return {};
}

void Staff::resize(std::uint32_t workers) {
  crew_.table().resize(workers);
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (slot.retired && slot.state == WorkerState::ready) let_leave(slot);
  }
}

void Staff::drain() {
  mode_ = Mode::draining;
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (slot.state == WorkerState::starting) kill(slot, KillReason::stopping);
    if (slot.state == WorkerState::ready) let_leave(slot);
  }
}

void Staff::stop() {
  mode_ = Mode::stopping;
  for (WorkerSlot& slot : crew_.table().slots()) {
    return_ahead(slot);
    if (slot.alive()) kill(slot, KillReason::stopping);
  }
  mold_.kill();
}

// --- Deadlines

void Staff::arm_job_deadlines() {
  if (config_.limits.job_timeout.count() > 0) arm(now_ + config_.limits.job_timeout);
  if (config_.limits.soft_timeout.count() > 0) arm(now_ + config_.limits.soft_timeout);
}

void Staff::watch_deadlines() {
  if (now_ < deadline_) return;
  deadline_ = kNever;
  watch_load();
  for (WorkerSlot& slot : crew_.table().slots()) watch(slot);
}

// Its death says why: see mold_died().
void Staff::watch_load() {
  if (mold_.state() == MoldLink::State::loading && overdue(load_deadline_)) mold_.kill();
}

// Nobody can kill a worker without a name, so it gets the time that naming may take.
Duration Staff::deaf_grace(const WorkerSlot& slot) const {
  return slot.pid == 0 ? config_.limits.spawn_timeout : kDeafGrace;
}

bool Staff::overdue(TimePoint deadline) {
  if (now_ < deadline) arm(deadline);
  return now_ >= deadline;
}

void Staff::watch(WorkerSlot& slot) {
  const Duration stop_timeout = config_.stop.stop_timeout;
  if (slot.state == WorkerState::starting && overdue(slot.since + config_.limits.spawn_timeout)) {
    log_.error("worker not ready in time", {{"worker", slot.index}, {"pid", slot.pid}});
    kill(slot, KillReason::spawn_timeout);
  } else if (slot.state == WorkerState::deaf && overdue(slot.since + deaf_grace(slot))) {
    log_.warning("worker closed its channel; killed", {{"worker", slot.index}, {"pid", slot.pid}});
    kill(slot, KillReason::deaf);
  } else if (slot.current) {
    if (slot.state == WorkerState::ready || slot.state == WorkerState::leaving) watch_job(slot);
  } else if (slot.state == WorkerState::leaving && overdue(slot.since + stop_timeout)) {
    log_.warning("worker did not leave; killed", {{"worker", slot.index}, {"pid", slot.pid}});
    kill(slot, KillReason::overdue);
  }
}

void Staff::watch_job(WorkerSlot& slot) {
  const Duration soft = config_.limits.soft_timeout;
  if (soft.count() > 0 && !slot.current->soft_timeout_raised &&
      overdue(slot.current->started + soft)) {
    log_.info("soft timeout",
              {{"worker", slot.index}, {"pid", slot.pid}, {"job", slot.current->delivery.id}});
    crew_.raise_soft_timeout(slot, mold_.interrupt_signal());
  }
  if (slot.current->deadline == kNever || !overdue(crew_.deadline(slot))) return;
  // The result may be in the channel already, and the job ahead begun.
  crew_.read_to_end(slot, *this);
  if (slot.current && overdue(crew_.deadline(slot))) kill(slot, KillReason::job_timeout);
}

void Staff::log_workers() {
  for (const WorkerSlot& slot : table().slots()) {
    if (!slot.alive() && slot.since == TimePoint{}) {
      log_.info("worker", {{"worker", slot.index}, {"state", "not started yet"}});
      continue;
    }
    const std::string_view state = worker_state_name(slot.state);
    if (!slot.current) {
      log_.info("worker", {{"worker", slot.index},
                           {"pid", slot.pid},
                           {"state", slot.idle() ? "idle" : state},
                           {"for_s", seconds(now_ - slot.since)},
                           {"jobs", slot.jobs_done}});
      continue;
    }
    const Delivery& job = slot.current->delivery;
    log_.info("worker", {{"worker", slot.index},
                         {"pid", slot.pid},
                         {"state", slot.state == WorkerState::ready ? "busy" : state},
                         {"for_s", seconds(now_ - slot.current->started)},
                         {"jobs", slot.jobs_done},
                         {"job", job.id},
                         {"queue", job.queue},
                         {"attempt", job.counters.attempts + 1}});
  }
}

}  // namespace narwhal

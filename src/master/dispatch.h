// Dispatch: the jobs in the master's hand and which worker gets them. A job goes to an idle worker
// at once. While jobs are short, more are sent ahead to busy workers, which saves them the wait for
// the master between two jobs, and lets master and broker do several in one go; they are taken back
// when the job before them turns out slow, or when another worker has nothing to do. What no worker
// takes for a while goes back to its broker.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/log.h"
#include "master/crew.h"
#include "narwhal/delivery.h"

namespace narwhal {

class Dispatch {
 public:
  struct Held {
    Delivery delivery;
    std::size_t broker;
    TimePoint since;
  };

  Dispatch(Crew& crew, Duration job_timeout, Log& log)
      : crew_(crew), job_timeout_(job_timeout), log_(log) {}

  // The state of the loop, from facts: how many more jobs could be put to use at once. 0 is
  // `wait_client`: brokers are not asked for jobs.
  [[nodiscard]] int want(TimePoint now);

  void take(Held job) { held_.push_back(std::move(job)); }
  void take_back(Held job) { held_.push_front(std::move(job)); }

  // Gives out what it can. A turn calls it after every source of jobs and of idle workers was read.
  void hand_over(TimePoint now);

  // A job ran for `took`, and `slot` goes on with the job ahead, if there was one.
  void note_run(WorkerSlot& slot, Duration took, TimePoint now);

  // The jobs waiting in hand for longer than is good for them; all of them with `all`.
  std::vector<Held> give_up(TimePoint now, bool all);
  // The lease of a job in hand is gone: it is no longer ours to run. Returns it, if it was here.
  std::optional<Delivery> forget(std::size_t broker, Reservation reservation);
  // When hand_over() or give_up() would have something to do without any other event.
  [[nodiscard]] TimePoint wake_at() const { return wake_at_; }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  void give_out(TimePoint now);
  void give(WorkerSlot& slot, TimePoint now);
  void begin_current(WorkerSlot& slot, TimePoint now);
  [[nodiscard]] WorkerSlot* next_for_ahead(TimePoint now);
  void give_ahead(WorkerSlot& slot, TimePoint now);
  // How many jobs a busy worker is sent ahead.
  [[nodiscard]] std::size_t depth() const;
  void drop_unfit(TimePoint now);
  bool recall_slow(TimePoint now);
  // Takes back what was sent ahead and not begun. False: there was nothing to take.
  bool recall(WorkerSlot& slot, TimePoint now);
  [[nodiscard]] bool short_jobs() const { return mean_run_ < kShortJob; }

  // Below this mean run time the wait between two jobs weighs against the job itself.
  static constexpr Duration kShortJob = std::chrono::milliseconds{2};
  // More than one job is sent ahead only as far as they are likely to have begun within this.
  static constexpr Duration kAheadTime = std::chrono::microseconds{500};
  // A job sent ahead is recalled when the one before it has run this long: by then it is not short.
  static constexpr Duration kPatience = std::chrono::milliseconds{5};
  // The same when another worker is idle.
  static constexpr Duration kPatienceIdle = std::chrono::microseconds{500};
  // A job in hand that no worker takes goes back to the broker, where another master may have one.
  static constexpr Duration kHoldTime = std::chrono::milliseconds{50};
  // A larger payload does not fit a socket's buffer and is not worth sending twice.
  static constexpr std::size_t kLargestAhead = std::size_t{32} * 1024;

  Crew& crew_;
  Duration job_timeout_;
  Log& log_;
  std::deque<Held> held_;
  // Busy slots in the order in which their jobs began, each once; checked when taken out.
  std::deque<std::uint32_t> busy_;
  std::vector<bool> in_busy_;
  // Before the first run nothing is known: short enough for one job ahead, not for more.
  Duration mean_run_ = kShortJob / 2;
  TimePoint wake_at_ = kNever;
  // Nothing can be recalled before that; spares most turns a look at every worker.
  TimePoint recall_at_ = kNever;
};

}  // namespace narwhal

// Ten thousand numbered jobs while workers, mold and master are killed at random. Prints its
// counts.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class Chaos : public DaemonTest {
 protected:
  Chaos() {
    if (const char* given = std::getenv("CHAOS_SEED"))
      seed_ = static_cast<unsigned>(std::atoi(given));
    random_.seed(seed_);
    config.set("workers", kWorkers).set("retry.crash_limit", 100'000).text("log.level", "warning");
    write_file(file("narwhal.toml"), config.to_toml());
  }

  int random(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  void start_again() { daemon_ = std::make_unique<Daemon>(directory, Daemon::Options{}); }

  void add_batch() {
    queue.add_many(kBatch, "Marker", marker(random(0, 8)));
    added_ += kBatch;
  }

  void kill_something() {
    const int lot = random(1, 100);
    if (lot <= 70) {
      const auto workers = daemon_->worker_pids();
      if (workers.empty()) return;
      ::kill(workers[static_cast<std::size_t>(random(0, static_cast<int>(workers.size()) - 1))],
             SIGKILL);
      ++worker_kills_;
    } else if (lot <= 85) {
      if (const pid_t mold = daemon_->mold(); mold != 0) ::kill(mold, SIGKILL);
      ++mold_kills_;
    } else {
      lot <= 95 ? daemon_->signal(SIGKILL) : daemon_->signal_group(SIGKILL);
      ASSERT_EQ(daemon_->exit_code(), -SIGKILL) << daemon_->log();
      ++master_kills_;
      start_again();
    }
    ASSERT_TRUE(daemon_->running()) << daemon_->log();
  }

  // Runs that a kill cut short: the job in hand of a worker, or of each worker of a master.
  [[nodiscard]] int most_cut() const { return worker_kills_ + master_kills_ * kWorkers; }
  // Runs that ended but were not yet acked when the master was killed: of each worker the job it
  // had just run, and those that were sent ahead.
  [[nodiscard]] int most_ended_twice() const { return master_kills_ * kWorkers * kMostInHand; }

  static constexpr int kJobs = 10'000;
  static constexpr int kBatch = 100;
  static constexpr int kWorkers = 4;
  static constexpr int kMostInHand = 8;  // SlotPage::kJobs

  unsigned seed_ = std::random_device{}();
  std::mt19937 random_;
  std::unique_ptr<Daemon> daemon_;
  int added_ = 0;
  int worker_kills_ = 0;
  int mold_kills_ = 0;
  int master_kills_ = 0;
};

TEST_F(Chaos, TenThousandJobsSurviveSixtySecondsOfKilling) {
  std::cout << "seed " << seed_ << " (CHAOS_SEED sets it)\n";
  start_again();
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 60s && !HasFatalFailure()) {
    const auto share = (std::chrono::steady_clock::now() - begin) * kJobs / 55s;
    while (added_ < kJobs && added_ <= share) add_batch();
    stays([&] { return daemon_->running(); }, milliseconds(random(20, 200)));
    kill_something();
  }
  while (added_ < kJobs) add_batch();
  ASSERT_TRUE(eventually([&] { return queue.empty(); }, 60s)) << daemon_->log();

  const Marks runs = marks();
  const int cut = runs.total("start") - runs.total("end");
  const int ended_twice = runs.total("end") - kJobs;
  std::cout << fmt::format(
      "killed: workers {}, molds {}, masters {}\n"
      "jobs {}: run to the end {}; runs cut short {} (in flight at kills: at most {}), run to the "
      "end again {} (at most {})\n",
      worker_kills_, mold_kills_, master_kills_, kJobs, runs.jobs("end"), cut, most_cut(),
      ended_twice, most_ended_twice());
  EXPECT_EQ(runs.jobs("end"), kJobs);
  EXPECT_LE(cut, most_cut());
  EXPECT_LE(ended_twice, most_ended_twice());
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(queue.text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(daemon_->end(SIGTERM), 0);
}

}  // namespace
}  // namespace narwhal::test

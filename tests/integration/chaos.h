// Chaos: ten thousand numbered jobs while workers, mold and master are killed at random, and the
// broker's server where there is one. On any fixture of the daemon's tests; prints its counts.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "support/daemon/daemon_fixture.h"
#include "tests/support/server_process.h"

namespace narwhal::test {

template <typename Fixture>
class Chaos : public Fixture {
 protected:
  explicit Chaos(int seconds = 60) : seconds_(seconds) {
    if (const char* given = std::getenv("CHAOS_SEED")) {
      seed_ = static_cast<unsigned>(std::atoi(given));
    }
    if (const char* given = std::getenv("CHAOS_SECONDS")) seconds_ = std::atoi(given);
    random_.seed(seed_);
    this->config.set("workers", kWorkers).set("retry.crash_limit", 100'000);
    this->config.text("log.level", "warning");
  }

  // A server that is killed as well; nullptr: there is none.
  virtual ServerProcess* victim() { return nullptr; }
  // Whether a job in hand can be settled after its broker was restarted.
  [[nodiscard]] virtual bool survives_restart() const { return true; }

  // Whether a server that is killed still knows what was acked.
  [[nodiscard]] virtual bool remembers_acks() const { return true; }

  void run() {
    std::cout << "seed " << seed_ << " (CHAOS_SEED sets it)\n";
    write_file(this->file("narwhal.toml"), this->config.to_toml());
    start_again();
    const auto begin = std::chrono::steady_clock::now();
    const auto time = std::chrono::seconds{seconds_};
    while (std::chrono::steady_clock::now() - begin < time && !this->HasFatalFailure()) {
      const auto share = (std::chrono::steady_clock::now() - begin) * kJobs / (time * 9 / 10);
      while (added_ < kJobs && added_ <= share) add_batch();
      stays([&] { return daemon_->running(); }, milliseconds(random(20, 200)));
      kill_something();
    }
    while (added_ < kJobs) add_batch();
    ASSERT_TRUE(eventually([&] { return this->store().empty(); }, 60s)) << daemon_->log();
    judge();
    EXPECT_EQ(daemon_->end(SIGTERM), 0);
  }

 private:
  int random(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  void start_again() { daemon_ = std::make_unique<Daemon>(this->directory, Daemon::Options{}); }

  void add_batch() {
    this->store().add_many(kBatch, "Marker", this->marker(random(0, 8)));
    added_ += kBatch;
  }

  void kill_something() {
    const int lot = random(1, victim() == nullptr ? 100 : 115);
    if (lot <= 70) {
      kill_a_worker();
    } else if (lot <= 85) {
      if (const pid_t mold = daemon_->mold(); mold != 0) ::kill(mold, SIGKILL);
      ++mold_kills_;
    } else if (lot <= 100) {
      lot <= 95 ? daemon_->signal(SIGKILL) : daemon_->signal_group(SIGKILL);
      ASSERT_EQ(daemon_->exit_code(), -SIGKILL) << daemon_->log();
      ++master_kills_;
      start_again();
    } else {
      victim()->kill();
      stays([&] { return daemon_->running(); }, milliseconds(random(0, 100)));
      victim()->start();
      ++server_kills_;
    }
    ASSERT_TRUE(daemon_->running()) << daemon_->log();
  }

  void kill_a_worker() {
    const auto workers = daemon_->worker_pids();
    if (workers.empty()) return;
    ::kill(workers[static_cast<std::size_t>(random(0, static_cast<int>(workers.size()) - 1))],
           SIGKILL);
    ++worker_kills_;
  }

  void judge() {
    const Marks runs = this->marks();
    const int cut = runs.total("start") - runs.total("end");
    const int ended_twice = runs.total("end") - kJobs;
    std::cout << fmt::format(
        "killed: workers {}, molds {}, masters {}, servers {}\n"
        "jobs {}: run to the end {}; runs cut short {} (in flight at kills: at most {}), run to "
        "the end again {} (at most {})\n",
        worker_kills_, mold_kills_, master_kills_, server_kills_, kJobs, runs.jobs("end"), cut,
        most_cut(), ended_twice, most_ended_twice());
    EXPECT_EQ(runs.jobs("end"), kJobs);
    EXPECT_LE(cut, most_cut());
    if (remembers_acks() || server_kills_ == 0) {
      EXPECT_LE(ended_twice, most_ended_twice());
    }
    EXPECT_TRUE(this->store().dead().empty());
  }

  // Runs that a kill cut short: the job in hand of a worker, or of each worker of a master.
  [[nodiscard]] int most_cut() const { return worker_kills_ + master_kills_ * kWorkers; }
  // Runs that ended but were not yet acked when the master was killed, or when the broker forgot
  // whose they were: of each worker the job it had just run, and those that were sent ahead.
  [[nodiscard]] int most_ended_twice() const {
    const int kills = master_kills_ + (survives_restart() ? 0 : server_kills_);
    return kills * kWorkers * kMostInHand;
  }

  static constexpr int kJobs = 10'000;
  static constexpr int kBatch = 100;
  static constexpr int kWorkers = 4;

  unsigned seed_ = std::random_device{}();
  int seconds_;
  std::mt19937 random_;
  std::unique_ptr<Daemon> daemon_;
  int added_ = 0;
  int worker_kills_ = 0;
  int mold_kills_ = 0;
  int master_kills_ = 0;
  int server_kills_ = 0;
};

}  // namespace narwhal::test

// Field cases P92 to P95: clocks that jump, long jobs, starving queues, odd names.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class ClockTest : public DaemonTest {
 protected:
  ClockTest() {
    set_offset(0h);
    ::mkfifo(file("clock.jump").c_str(), 0600);
  }

  Daemon& start_shimmed() {
    Daemon::Options options;
    options.env = {{"LD_PRELOAD", CLOCK_SHIM},
                   {"TEST_CLOCK", file("clock")},
                   {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
    return start_ready(std::move(options));
  }

  void jump(std::chrono::hours by) {
    set_offset(by);
    const int fifo = ::open(file("clock.jump").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(fifo, 0);
    EXPECT_EQ(::write(fifo, "x", 1), 1);
    ::close(fifo);
  }

  std::string add_delayed(milliseconds delay) {
    NewJob job;
    job.id = new_job_id();
    job.payload = class_payload("Marker", marker(), job.id);
    job.run_at = SystemClock().wall_now() + delay;
    return queue.add(job);
  }

 private:
  // In place: the daemon has the file mapped.
  void set_offset(std::chrono::seconds offset) {
    const std::int64_t value = offset.count();
    const int fd = ::open(file("clock").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(::pwrite(fd, &value, sizeof value, 0), static_cast<ssize_t>(sizeof value));
    ::close(fd);
  }
};

TEST_F(ClockTest, P92_ClockJumpsForward) {
  config.text("limits.job_timeout", "1m").text("lease.duration", "500ms");
  const std::string running = queue.add("Marker", marker(1500));
  const std::string due = add_delayed(1h);
  const std::string far = add_delayed(5h);
  Daemon& daemon = start_shimmed();
  ASSERT_TRUE(marked(running, "start"));
  ASSERT_TRUE(daemon.workers_ready(2));
  const auto workers = daemon.worker_pids();
  jump(2h);
  ASSERT_TRUE(daemon.logs("the wall clock was set"));
  EXPECT_TRUE(marked(due, "end"));
  EXPECT_TRUE(marked(running, "end"));
  EXPECT_EQ(marks().total("start"), 2);
  EXPECT_EQ(daemon.worker_pids(), workers);
  EXPECT_EQ(marks().count(far, "start"), 0);
  EXPECT_TRUE(eventually([&] { return queue.live() == 1; }));
  EXPECT_EQ(daemon.log_count(" warning "), 0);
}

TEST_F(ClockTest, P92_ClockJumpsBackward) {
  config.text("limits.job_timeout", "1m").text("lease.duration", "500ms");
  const std::string running = queue.add("Marker", marker(1500));
  Daemon& daemon = start_shimmed();
  ASSERT_TRUE(marked(running, "start"));
  ASSERT_TRUE(daemon.workers_ready(2));
  const auto workers = daemon.worker_pids();
  jump(-2h);
  ASSERT_TRUE(daemon.logs("the wall clock was set"));
  const std::string due_later = add_delayed(100ms);
  const std::string at_once = queue.add("Marker", marker());
  EXPECT_TRUE(marked(at_once, "end"));
  EXPECT_TRUE(marked(running, "end"));
  EXPECT_EQ(marks().total("start"), 2);
  EXPECT_EQ(daemon.worker_pids(), workers);
  EXPECT_EQ(marks().count(due_later, "start"), 0);
  EXPECT_EQ(daemon.log_count(" warning "), 0);
  jump(0h);
  EXPECT_TRUE(marked(due_later, "end"));
}

TEST_F(FieldCase, P93_JobsLongerThanTheLeaseRunOnce) {
  config.text("lease.duration", "300ms");
  queue.add_many(4, "Marker", marker(1500));
  NewJob delayed;
  delayed.payload = class_payload("Marker", marker(), "delayed");
  delayed.run_at = SystemClock().wall_now() + 1200ms;
  queue.add(delayed);
  start_ready();
  start_other();
  ASSERT_TRUE(all_marked(5, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 5);
}

class PriorityTest : public DaemonTest {
 protected:
  // All jobs are there before the daemon starts. Returns the position of the last job of `low`
  // among all, by the order of their starts.
  std::size_t last_low(const std::string& queues) {
    config.set("workers", 1).set("broker.queues", queues);
    for (int i = 0; i < kHigh; ++i) queue.add("Marker", marker(), "high");
    std::vector<std::string> low;
    for (int i = 0; i < kLow; ++i) low.push_back(queue.add("Marker", marker(), "low"));
    start();
    EXPECT_TRUE(all_marked(kHigh + kLow, "end"));
    std::size_t position = 0;
    std::size_t last = 0;
    for (const Mark& mark : marks().all()) {
      if (mark.what != "start") continue;
      ++position;
      if (std::find(low.begin(), low.end(), mark.job) != low.end()) last = position;
    }
    return last;
  }

  static constexpr int kHigh = 200;
  static constexpr int kLow = 10;
};

TEST_F(PriorityTest, P94_WeightsStarveNobody) {
  EXPECT_LT(last_low("{ high = 3, low = 1 }"), 150U);
}

TEST_F(PriorityTest, P94_StrictOrderServesTheFirstQueueFirst) {
  EXPECT_EQ(last_low(R"(["high", "low"])"), static_cast<std::size_t>(kHigh + kLow));
}

TEST_F(PriorityTest, P94_StrictOrderTheOtherWayRound) {
  EXPECT_EQ(last_low(R"(["low", "high"])"), static_cast<std::size_t>(kLow));
}

TEST_F(FieldCase, P95_OddQueueNames) {
  const std::string nfc =
      "\xc3\xbc"
      "ber";
  const std::string nfd =
      "u\xcc\x88"
      "ber";
  const std::vector<std::string> names = {
      "queue+name", "a b", "{x}", "x:y", nfc, "\u30ad\u30e5\u30fc", "$HOME", std::string(255, 'q')};
  std::string list;
  for (const std::string& name : names) list += toml_string(name) + ",";
  config.set("broker.queues", "[" + list + "]");
  Daemon& daemon = start_ready();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CommandResult result = narwhal({"enqueue", "--queue", names[i], "--class", "Marker",
                                          "--args", marker(), "--id", fmt::format("job-{}", i)});
    EXPECT_EQ(result.code, 0) << names[i] << result.errors;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(marked(fmt::format("job-{}", i), "end")) << names[i];
  }
  EXPECT_NE(daemon.log().find("queue=\"a b\""), std::string::npos);
  // Another spelling is another queue.
  queue.add("Marker", marker(), nfd);
  EXPECT_TRUE(stays([&] { return queue.waiting() == 1; }, 300ms));

  EXPECT_EQ(narwhal({"enqueue", "--queue", std::string(300, 'q'), "x"}).code, 64);
  config.set("broker.queues", "[" + in_quotes(std::string(300, 'q')) + "]");
  write_file(file("narwhal.toml"), config.to_toml());
  EXPECT_EQ(narwhal({"check"}).code, 78);
}

}  // namespace
}  // namespace narwhal::test

// libnarwhal's C functions, through the shared library as another language loads it.
#include "narwhal/client.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "narwhal/clock.h"
#include "support/daemon/job_queue.h"
#include "support/daemon/test_directory.h"

namespace narwhal::test {
namespace {

narwhal_text to_text(const std::string& text) { return {text.data(), text.size()}; }

class Client : public ::testing::Test {
 protected:
  ~Client() override { narwhal_client_close(client_); }

  narwhal_client* open(const std::string& url) {
    client_ = narwhal_client_open(url.c_str(), error_.data(), error_.size());
    return client_;
  }
  narwhal_client* open() { return open("sqlite:" + directory_.file("jobs.db")); }

  int enqueue(const std::vector<narwhal_new_job>& jobs) {
    return narwhal_client_enqueue(client_, jobs.data(), jobs.size(), error_.data(), error_.size());
  }
  static narwhal_new_job job(const std::string& payload) {
    narwhal_new_job made{};
    made.payload = to_text(payload);
    made.run_at = NARWHAL_AT_ONCE;
    return made;
  }
  [[nodiscard]] std::string error() const { return error_.data(); }
  int stored() { return queue_.number("SELECT count(*) FROM jobs"); }

  TestDirectory directory_;
  JobQueue queue_{directory_.file("jobs.db")};
  narwhal_client* client_ = nullptr;
  std::array<char, 256> error_{};
};

TEST_F(Client, StoresWhatItIsGiven) {
  ASSERT_NE(open(), nullptr) << error();
  const std::string id = "my-id", queue = "slow", payload("a\0b", 3);
  narwhal_new_job given = job(payload);
  given.id = to_text(id);
  given.queue = to_text(queue);
  given.priority = -7;
  const std::int64_t later = to_unix_micros(SystemClock().wall_now() + std::chrono::hours{1});
  given.run_at = later;
  ASSERT_EQ(enqueue({given, job("plain")}), NARWHAL_CLIENT_OK) << error();
  EXPECT_EQ(stored(), 2);
  EXPECT_EQ(queue_.number("SELECT count(*) FROM jobs WHERE job = 'my-id' AND queue = 'slow' AND "
                          "prio = -7 AND run_at = " +
                          std::to_string(later)),
            1);
  EXPECT_EQ(queue_.number("SELECT count(*) FROM jobs WHERE queue = 'default' AND job <> ''"), 1);
  EXPECT_EQ(queue_.number("SELECT count(*) FROM jobs WHERE payload = x'610062'"), 1);
}

TEST_F(Client, SaysWhatIsWrong) {
  EXPECT_EQ(open("gopher://host"), nullptr);
  EXPECT_EQ(error(), "unable to open producer: gopher: no broker of that kind is known");
  EXPECT_EQ(open("sqlite:/nowhere/at/all.db"), nullptr);
  EXPECT_NE(error().find("/nowhere/at/all.db"), std::string::npos) << error();
  std::array<char, 8> small{};
  EXPECT_EQ(narwhal_client_open("gopher://host", small.data(), small.size()), nullptr);
  EXPECT_STREQ(small.data(), "unable ");
  EXPECT_EQ(narwhal_client_open("gopher://host", nullptr, 0), nullptr);
}

TEST_F(Client, RefusesAJobWithoutStoringTheOthers) {
  ASSERT_NE(open(), nullptr);
  const std::string queue(1000, 'q');
  narwhal_new_job bad = job("x");
  bad.queue = to_text(queue);
  EXPECT_EQ(enqueue({job("a"), bad}), NARWHAL_CLIENT_INVALID);
  EXPECT_NE(error(), "");
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(enqueue({job("a")}), NARWHAL_CLIENT_OK);
}

TEST_F(Client, ABrokerThatIsAwayIsNoErrorUntilAJobIsEnqueued) {
  const std::string nobody = "127.0.0.1:1";
  for (const std::string scheme : {"redis", "amqp", "kafka", "beanstalk"}) {
    ASSERT_NE(open(scheme + "://" + nobody), nullptr) << error();
    EXPECT_EQ(enqueue({job("a")}), NARWHAL_CLIENT_UNAVAILABLE);
    EXPECT_NE(error().find(nobody), std::string::npos) << error();
    narwhal_client_close(client_);
  }
  client_ = nullptr;
}

TEST_F(Client, ThreadsShareIt) {
  ASSERT_NE(open(), nullptr);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      std::array<char, 64> ignored{};
      const narwhal_new_job mine = job("x");
      for (int k = 0; k < 25; ++k) {
        narwhal_client_enqueue(client_, &mine, 1, ignored.data(), ignored.size());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored(), 100);
}

TEST_F(Client, OptionsAreTheBrokers) {
  const std::string url = "sqlite:" + directory_.file("jobs.db");
  const auto open_with = [&](const std::string& to, const std::vector<narwhal_option>& options) {
    return narwhal_client_open_with(to.c_str(), options.data(), options.size(), error_.data(),
                                    error_.size());
  };
  client_ = open_with(url, {});
  EXPECT_NE(client_, nullptr) << error();
  EXPECT_EQ(open_with(url, {{"speed", "high"}}), nullptr);
  EXPECT_NE(error().find("options.speed"), std::string::npos) << error();
  EXPECT_EQ(open_with("redis://h?prefix=x", {{"format", "cobol"}}), nullptr);
  EXPECT_NE(error().find("cobol"), std::string::npos) << error();
}

TEST_F(Client, AChildConnectsAnewAndTheParentGoesOn) {
  ASSERT_NE(open(), nullptr);
  ASSERT_EQ(enqueue({job("parent")}), NARWHAL_CLIENT_OK);
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const int status = enqueue({job("child")});
      narwhal_client_close(client_);
      ::_exit(status);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(enqueue({job("parent")}), NARWHAL_CLIENT_OK) << error();
  }
  EXPECT_EQ(stored(), 7);
  EXPECT_EQ(queue_.text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace narwhal::test

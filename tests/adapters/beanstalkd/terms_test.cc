#include "adapters/beanstalkd/terms.h"

#include <gtest/gtest.h>

#include "adapters/beanstalkd/check_budget.h"
#include "adapters/beanstalkd/job_stats.h"

namespace narwhal::beanstalkd {

TEST(BeanstalkdTerms, TubeNamesAreThoseTheServerTakes) {
  for (const std::string name : {"default", "a_b", "A+/;.$()9", "x"}) {
    EXPECT_TRUE(is_tube_name(name)) << name;
  }
  EXPECT_TRUE(is_tube_name(std::string(200, 'q')));
  for (const std::string name :
       {"", "-x", "a:b", "a b", "a\r\nquit", "a\n", "über", "\xf0\x9f\x90\x8b", "*"}) {
    EXPECT_FALSE(is_tube_name(name)) << name;
  }
  EXPECT_FALSE(is_tube_name(std::string(201, 'q')));
  EXPECT_FALSE(is_tube_name(std::string_view("a\0b", 3)));
}

TEST(BeanstalkdTerms, EveryTubeHasADeadTubeOfItsOwn) {
  EXPECT_EQ(dead_tube("mail"), "mail.narwhal-dead");
  const std::string one = dead_tube(std::string(200, 'q'));
  const std::string two = dead_tube(std::string(199, 'q') + "r");
  EXPECT_TRUE(is_tube_name(one));
  EXPECT_TRUE(one.ends_with(kDeadSuffix));
  EXPECT_NE(one, two);
  EXPECT_TRUE(is_tube_name(dead_tube(std::string(187, 'q'))));
  EXPECT_TRUE(is_tube_name(dead_tube(std::string(188, 'q'))));
}

TEST(BeanstalkdTerms, MoreUrgentStaysMoreUrgent) {
  EXPECT_EQ(to_server_priority(INT32_MIN), 0U);
  EXPECT_EQ(to_server_priority(0), 0x80000000U);
  EXPECT_EQ(to_server_priority(INT32_MAX), UINT32_MAX);
  EXPECT_LT(to_server_priority(-1), to_server_priority(0));
  for (const std::int32_t priority : {INT32_MIN, -7, 0, 7, INT32_MAX}) {
    EXPECT_EQ(from_server_priority(to_server_priority(priority)), priority);
  }
  EXPECT_EQ(front_of(0), 0U);
  EXPECT_EQ(front_of(8), 7U);
}

TEST(BeanstalkdTerms, SecondsAreRoundedUpAndBounded) {
  EXPECT_EQ(to_seconds(Duration{0}), 0U);
  EXPECT_EQ(to_seconds(Duration{1}), 1U);
  EXPECT_EQ(to_seconds(std::chrono::seconds{5}), 5U);
  EXPECT_EQ(to_seconds(-std::chrono::hours{5}), 0U);
  EXPECT_EQ(to_seconds(std::chrono::hours{24 * 365 * 200}), UINT32_MAX);
}

TEST(BeanstalkdStats, OnlyReservationsThatNobodyEndedCount) {
  const JobStats stats = read_job_stats(
      "---\nid: 7\ntube: \"mail\"\nstate: reserved\npri: 1024\nage: 12\ndelay: 0\nttr: 60\n"
      "time-left: 59\nfile: 1\nreserves: 6\ntimeouts: 1\nreleases: 2\nburies: 1\nkicks: 1\n");
  EXPECT_EQ(stats.tube, "mail");
  EXPECT_EQ(stats.priority, 1024U);
  EXPECT_EQ(stats.ttr, 60U);
  EXPECT_EQ(stats.age, 12U);
  EXPECT_EQ(stats.cut_off(), 2U);
  EXPECT_EQ(read_job_stats("").cut_off(), 0U);
  EXPECT_EQ(read_job_stats("---\ntube: mail\nreserves: 1\n").tube, "mail");
}

TEST(BeanstalkdStats, KeysAreMatchedWhole) {
  EXPECT_EQ(yaml_number("---\nmax-job-size-x: 1\nmax-job-size: 2\n", "max-job-size"), 2U);
  EXPECT_EQ(yaml_number("---\nmax-job-size: abc\n", "max-job-size"), 0U);
  EXPECT_EQ(yaml_text("a: ", "a"), "");
  EXPECT_EQ(yaml_text("a:", "a"), "");
  EXPECT_EQ(yaml_text("", "a"), "");
}

TEST(BeanstalkdCheckBudget, RefillsWithTimeUpToItsBurst) {
  CheckBudget budget;
  TimePoint now{};
  budget.refill(now);
  for (int i = 0; i < CheckBudget::kBurst; ++i) ASSERT_TRUE(budget.spend(now));
  EXPECT_FALSE(budget.spend(now));
  now += std::chrono::seconds{1};
  for (int i = 0; i < CheckBudget::kPerSecond; ++i) ASSERT_TRUE(budget.spend(now));
  EXPECT_FALSE(budget.spend(now));
}

}  // namespace narwhal::beanstalkd

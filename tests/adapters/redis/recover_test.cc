// What each format makes of a job whose master died: one crash more, and a record of it.
#include <gtest/gtest.h>

#include "adapters/redis/format.h"

namespace narwhal::redis {
namespace {

struct Case {
  FormatKind kind;
  const char* stored;
};

class Recover : public testing::TestWithParam<Case> {
 protected:
  Delivery recovered(const std::string& stored) {
    Location location;
    location.format = GetParam().kind;
    const auto format = make_format(location);
    const Origin origin{"default", unique_name("0123456789abcdef", 1), stored};
    for (const Op& op : format->recover(origin, {"web-1", 4711, WallTime{}, 1})) {
      if (op.front() == "SADD") continue;
      Delivery job;
      stored_ = op.back();
      format->read(stored_, job);
      return job;
    }
    return {};
  }

  std::string stored_;  // what recovered() put back
};

TEST_P(Recover, CountsTheCrashAndSaysWhoseMasterDied) {
  Delivery job = recovered(GetParam().stored);
  EXPECT_EQ(job.counters.crashes, 1U);
  EXPECT_NE(job.history.find("the master died with the job in hand: name=web-1 pid=4711"),
            std::string::npos)
      << job.history;
  job = recovered(stored_);
  EXPECT_EQ(job.counters.crashes, 2U);
  EXPECT_EQ(job.history, add_orphan_run(add_orphan_run("", {"web-1", 4711, WallTime{}, 1}),
                                        {"web-1", 4711, WallTime{}, 1}));
}

INSTANTIATE_TEST_SUITE_P(Each, Recover,
                         testing::Values(Case{FormatKind::narwhal, "from a foreign producer"},
                                         Case{FormatKind::sidekiq,
                                              R"({"class":"A","args":[],"jid":"j"})"},
                                         Case{FormatKind::resque, R"({"class":"A","args":[]})"}));

}  // namespace
}  // namespace narwhal::redis

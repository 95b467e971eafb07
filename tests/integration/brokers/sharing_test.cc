// Two masters on one queue: they share it, and one takes up what the other held when it was killed.
#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

class SharingTest : public BrokerTest {};
NARWHAL_ON_BROKER(SharingTest);

TEST_P(SharingTest, TwoMastersShareTheQueue) {
  Daemon& one = start_ready();
  Daemon& other = start_other();
  ASSERT_TRUE(other.workers_ready(2));
  queue.add_many(400, "Marker", marker(5));
  ASSERT_TRUE(all_marked(400, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 400);
  EXPECT_GT(one.log_count("job done"), 0);
  EXPECT_GT(other.log_count("job done"), 0);
}

TEST_P(SharingTest, AKilledMastersJobsAreTakenUpByTheOther) {
  host->shorten_lease(config);
  write_config();
  std::vector<std::string> slow;
  for (int i = 0; i < 2; ++i) slow.push_back(enqueue_marker(marker(2000)));
  Daemon& victim = start_ready();
  for (const std::string& job : slow) ASSERT_TRUE(marked(job, "start"));
  Daemon& heir = start_other();
  ASSERT_TRUE(heir.workers_ready(2));
  queue.add_many(100, "Marker", marker(1));
  victim.signal(SIGKILL);
  ASSERT_EQ(victim.exit_code(), -SIGKILL);
  for (const std::string& job : slow) EXPECT_TRUE(marked(job, "end")) << heir.log();
  ASSERT_TRUE(all_marked(102, "end")) << heir.log();
  ASSERT_TRUE(queue_empties());
  // Only what was in the victim's hands ran again.
  EXPECT_EQ(marks().total("start"), 104);
  EXPECT_EQ(marks().total("end"), 102);
  EXPECT_TRUE(queue.dead().empty());
}

}  // namespace
}  // namespace narwhal::test

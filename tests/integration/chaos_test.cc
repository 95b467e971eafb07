// Chaos on the embedded queue.
#include "integration/chaos.h"

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class SqliteChaos : public Chaos<DaemonTest> {};

TEST_F(SqliteChaos, TenThousandJobsSurviveSixtySecondsOfKilling) {
  run();
  EXPECT_EQ(queue.text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace narwhal::test

#include "master/shutdown.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

using std::chrono::seconds;
using Phase = Shutdown::Phase;

constexpr TimePoint kNow{seconds{100}};
const StopConfig kConfig{seconds{30}, seconds{5}};

TEST(Shutdown, DrainsThenStopsThenEnds) {
  Shutdown shutdown{kConfig};
  EXPECT_TRUE(shutdown.serving());
  EXPECT_EQ(shutdown.deadline(), kNever);
  shutdown.drain(kNow);
  EXPECT_EQ(shutdown.phase(), Phase::draining);
  EXPECT_EQ(shutdown.deadline(), kNow + seconds{30});
  shutdown.tick(kNow + seconds{29});
  EXPECT_EQ(shutdown.phase(), Phase::draining);
  shutdown.tick(kNow + seconds{30});
  EXPECT_EQ(shutdown.phase(), Phase::stopping);
  EXPECT_EQ(shutdown.deadline(), kNow + seconds{35});
  shutdown.tick(kNow + seconds{35});
  EXPECT_EQ(shutdown.phase(), Phase::over);
}

TEST(Shutdown, ASecondSignalHastensTheFirst) {
  Shutdown shutdown{kConfig};
  shutdown.drain(kNow);
  shutdown.drain(kNow);
  EXPECT_EQ(shutdown.phase(), Phase::stopping);
  shutdown.stop(kNow);
  EXPECT_EQ(shutdown.phase(), Phase::over);
}

TEST(Shutdown, StopsFromEveryPhase) {
  Shutdown serving{kConfig};
  serving.stop(kNow);
  EXPECT_EQ(serving.phase(), Phase::stopping);
  Shutdown draining{kConfig};
  draining.drain(kNow);
  draining.stop(kNow);
  EXPECT_EQ(draining.phase(), Phase::stopping);
  Shutdown over{kConfig};
  over.finish();
  over.stop(kNow);
  over.drain(kNow);
  EXPECT_EQ(over.phase(), Phase::over);
}

}  // namespace
}  // namespace narwhal

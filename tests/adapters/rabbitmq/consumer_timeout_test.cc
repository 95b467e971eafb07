#include "adapters/rabbitmq/consumer_timeout.h"

#include <gtest/gtest.h>

namespace narwhal::rabbitmq {
namespace {

using std::chrono::milliseconds;

TEST(ConsumerTimeout, IsReadFromWhatTheServerSays) {
  EXPECT_EQ(consumer_timeout_in("PRECONDITION_FAILED - delivery acknowledgement on channel 3 timed "
                                "out. Timeout value used: 1800000 ms. This timeout value can be"),
            milliseconds{1'800'000});
  EXPECT_EQ(consumer_timeout_in("delivery acknowledgement on channel 1 timed out"),
            milliseconds{0});
  EXPECT_FALSE(consumer_timeout_in("PRECONDITION_FAILED - unknown delivery tag 7").has_value());
}

}  // namespace
}  // namespace narwhal::rabbitmq

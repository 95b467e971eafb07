// What a closed connection says of the jobs that come back, and what is asked of the server before
// jobs are.
#include <algorithm>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;

// basic.qos over a channel that is not open: the server closes the connection (CHANNEL_ERROR).
constexpr std::string_view kOutOfTurn{
    "\x01\x03\xe7\x00\x00\x00\x0b\x00\x3c\x00\x0a"
    "\x00\x00\x00\x00\x00\x01\x00\xce",
    19};

class RabbitmqSession : public RabbitmqCase {
 protected:
  // The first piece that has these bytes in it; all are before it when there is none.
  static std::size_t first(const std::vector<TcpProxy::Piece>& pieces, bool from_client,
                           std::string_view bytes) {
    const auto found = std::find_if(pieces.begin(), pieces.end(), [&](const auto& piece) {
      return piece.from_client == from_client && piece.bytes.find(bytes) != std::string::npos;
    });
    return static_cast<std::size_t>(found - pieces.begin());
  }
};

TEST_F(RabbitmqSession, AConnectionThatIsClosedForItselfExcusesNoDeadMastersJobs) {
  enqueue("orphan");
  // One that goes another way to the server.
  const std::string through_proxy = url;
  url = vhost.url();
  auto dead = open();
  EXPECT_EQ(dead->take_one().payload, "orphan");
  url = through_proxy;
  auto heir = open();
  proxy.say(kOutOfTurn);
  ASSERT_TRUE(heir->until(0, [&] { return !heir->errors.empty(); }));
  EXPECT_EQ(mentions(heir->errors, "CHANNEL_ERROR"), 1U) << heir->errors.front();
  dead->kill();
  const Delivery job = heir->take_one();
  EXPECT_EQ(job.payload, "orphan");
  EXPECT_EQ(job.counters.crashes, 1U) << "nobody but the heir was cut off";
}

TEST_F(RabbitmqSession, AQueueIsConsumedOnlyAfterThoseBesideItAre) {
  enqueue("job");
  proxy.record();
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "job");
  const auto pieces = proxy.recorded();
  using namespace std::string_view_literals;
  // basic.consume, two reserved bytes and the queue; basic.consume-ok and the consumer.
  const std::size_t consume = first(pieces, true,
                                    "\x00\x3c\x00\x14\x00\x00\x07"
                                    "default"sv);
  ASSERT_LT(consume, pieces.size());
  EXPECT_LT(first(pieces, false, "\x00\x3c\x00\x15\x04nw-1"sv), consume) << "its front queue";
  for (const std::string level : {"0", "1", "2", "3", "4", "5", "6"}) {
    std::string answer{"\x00\x3c\x00\x15\x0anw-delay-"sv};
    EXPECT_LT(first(pieces, false, answer + level), consume) << "its delayed jobs, " << level;
  }
}

}  // namespace
}  // namespace narwhal::test

#include "wire/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/socket_pair.h"

namespace narwhal {
namespace {

struct Pair {
  MasterChannel master;
  WorkerChannel worker;
};

Pair make_pair() {
  auto ends = make_socket_pair(SocketKind::stream);
  return {MasterChannel{std::move(ends->parent), 100 << 20},
          WorkerChannel{std::move(ends->child), 100 << 20}};
}

TEST(Channel, ALargePayloadNeitherBlocksTheMasterNorIsCut) {
  Pair pair = make_pair();
  const std::string payload(std::size_t{64} << 20U, 'p');
  ASSERT_TRUE(pair.master.send(MessageKind::run_job, "head", payload));  // returns at once
  EXPECT_TRUE(pair.master.wants_write());
  ASSERT_TRUE(pair.master.send(MessageKind::quit, {}));  // waits behind it

  // The worker reads as the master writes, one process standing for both.
  const timeval soon{0, 1000};
  ::setsockopt(pair.worker.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  std::size_t frames = 0;
  FrameView frame;
  while (frames < 2) {
    ASSERT_TRUE(pair.master.flush());
    const auto read = pair.worker.receive(frame);
    ASSERT_TRUE(read);
    if (*read != WorkerChannel::Read::frame) continue;
    if (frames++ == 0) {
      EXPECT_EQ(frame.body.size(), payload.size() + 4);
      EXPECT_EQ(frame.body.substr(0, 6), "headpp");
    }
  }
  EXPECT_EQ(static_cast<MessageKind>(frame.kind), MessageKind::quit);
  EXPECT_FALSE(pair.master.wants_write());
}

TEST(Channel, TheMasterReadsWhatTheWorkerSaidBeforeItDied) {
  auto ends = make_socket_pair(SocketKind::stream);
  MasterChannel master{std::move(ends->parent), 1 << 20};
  {
    WorkerChannel worker{std::move(ends->child), 1 << 20};
    ASSERT_TRUE(worker.send(MessageKind::worker_ready, {}));
    ASSERT_TRUE(worker.send(MessageKind::job_finished, "result"));
  }
  EXPECT_EQ(*master.receive(), MasterChannel::Read::all);
  FrameView frame;
  ASSERT_TRUE(*master.next(frame));
  ASSERT_TRUE(*master.next(frame));
  EXPECT_EQ(frame.body, "result");
  EXPECT_FALSE(*master.next(frame));
  EXPECT_EQ(*master.receive(), MasterChannel::Read::closed);
}

TEST(Channel, TheWorkerNoticesThatTheMasterIsGone) {
  auto ends = make_socket_pair(SocketKind::stream);
  WorkerChannel worker{std::move(ends->child), 1 << 20};
  ends->parent.reset();
  FrameView frame;
  const auto read = worker.receive(frame);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, WorkerChannel::Read::closed);
  EXPECT_FALSE(worker.send(MessageKind::worker_ready, {}));
}

}  // namespace
}  // namespace narwhal

#include "base/self_pipe.h"

#include <gtest/gtest.h>

#include "narwhal/poll_set.h"

namespace narwhal {
namespace {

bool readable_now(int fd) {
  PollSet set;
  set.watch_read(fd);
  return *set.wait(Duration{0}) == 1;
}

TEST(SelfPipe, ASignalWakesTheLoopAndIsCounted) {
  auto pipe = SelfPipe::install(master_signals(), {});
  ASSERT_TRUE(pipe);
  EXPECT_FALSE(readable_now(pipe->descriptor()));
  ::raise(SIGTTIN);
  ::raise(SIGTTIN);
  ::raise(SIGUSR1);
  EXPECT_TRUE(readable_now(pipe->descriptor()));
  pipe->drain();
  EXPECT_FALSE(readable_now(pipe->descriptor()));
  EXPECT_EQ(SelfPipe::take(SIGTTIN), 2U);
  EXPECT_EQ(SelfPipe::take(SIGUSR1), 1U);
  EXPECT_EQ(SelfPipe::take(SIGTTIN), 0U);
  reset_signals();
}

TEST(SelfPipe, AFullPipeLosesNoSignal) {
  auto pipe = SelfPipe::install(master_signals(), {});
  ASSERT_TRUE(pipe);
  for (int i = 0; i < 70'000; ++i) ::raise(SIGUSR1);  // more than a pipe's 65,536 bytes
  ::raise(SIGTERM);
  pipe->drain();
  EXPECT_EQ(SelfPipe::take(SIGTERM), 1U);
  EXPECT_EQ(SelfPipe::take(SIGUSR1), 70'000U);
  reset_signals();
}

TEST(SelfPipe, KnowsTheNamesOfSignals) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
  EXPECT_EQ(signal_name(40), "a real-time signal");
}

}  // namespace
}  // namespace narwhal

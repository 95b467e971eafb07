#include "adapters/redis/identity.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace narwhal::redis {
namespace {

TEST(Identity, ComesBackFromItsText) {
  const Identity self = Identity::of_this_process("web:1");
  const auto read = Identity::parse(self.text());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text(), self.text());
  EXPECT_EQ(read->name, "web:1");
  EXPECT_EQ(read->pid, ::getpid());
  EXPECT_EQ(self.text().substr(0, kRandomDigits), self.random);
}

TEST(Identity, OtherTextsAreNone) {
  for (const auto* text : {"", "a", "a:b:c:d:e", "a:b:c:x:e:f", "a:b:c:-1:e:f"}) {
    EXPECT_FALSE(Identity::parse(text).has_value()) << text;
  }
}

TEST(Identity, TheLivingAreNotProvenDead) {
  const Identity self = Identity::of_this_process("one");
  EXPECT_FALSE(proven_dead(Identity::of_this_process("two"), self));
}

TEST(Identity, AProcessThatIsGoneIsProvenDead) {
  const Identity self = Identity::of_this_process("one");
  Identity other = self;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  // Dead from its end on, not only once its parent has asked.
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  other.pid = child;
  EXPECT_TRUE(proven_dead(other, self));
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(proven_dead(other, self));
}

TEST(Identity, APidInUseAgainIsNotTheProcessItWas) {
  const Identity self = Identity::of_this_process("one");
  Identity earlier = self;
  earlier.started = "1";
  EXPECT_TRUE(proven_dead(earlier, self));
}

TEST(Identity, NothingIsProvenOfOtherKernelsAndNamespaces) {
  const Identity self = Identity::of_this_process("one");
  Identity other = self;
  other.started = "1";
  other.boot = "another boot";
  EXPECT_FALSE(proven_dead(other, self));
  other.boot = self.boot;
  other.pid_space = "1";
  EXPECT_FALSE(proven_dead(other, self));
}

}  // namespace
}  // namespace narwhal::redis

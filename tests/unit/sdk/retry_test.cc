#include "narwhal/retry.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

using namespace std::chrono_literals;

TEST(RetryWait, IsFixed) {
  const RetryWait wait = 3s;
  EXPECT_EQ(wait.delay(1, 0.0, 1.0), 3s);
  EXPECT_EQ(wait.delay(9, 0.0, 1.0), 3s);
}

TEST(RetryWait, AddsItsShareOfJitter) {
  const RetryWait wait = 10s;
  EXPECT_EQ(wait.delay(1, 0.5, 0.0), 10s);
  EXPECT_EQ(wait.delay(1, 0.5, 1.0), 15s);
}

TEST(RetryWait, GrowsPolynomially) {
  const RetryWait wait = polynomially_longer;
  EXPECT_EQ(wait.delay(1, 0.0, 0.0), 3s);
  EXPECT_EQ(wait.delay(2, 0.0, 0.0), 18s);
  EXPECT_EQ(wait.delay(3, 0.0, 0.0), 83s);
  EXPECT_EQ(wait.delay(2, 0.5, 1.0), 26s);
}

TEST(RetryWait, CallsAFunctionWithTheNumberOfRuns) {
  const RetryWait wait = [](int executions) { return executions * 1min; };
  EXPECT_EQ(wait.delay(4, 0.5, 1.0), 4min);
}

TEST(RetryWait, StaysWithinReason) {
  EXPECT_EQ(RetryWait(-5s).delay(1, 0.0, 0.0), 0s);
  EXPECT_EQ(RetryWait([](int) { return -5s; }).delay(1, 0.0, 0.0), 0s);
  EXPECT_LT(RetryWait(polynomially_longer).delay(1'000'000, 1.0, 1.0), 24h * 365 * 101);
  EXPECT_LT(RetryWait([](int) { return Duration::max(); }).delay(1, 0.0, 0.0), 24h * 365 * 101);
}

}  // namespace
}  // namespace narwhal

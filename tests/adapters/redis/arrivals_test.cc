// The jobs that waits have brought, and their numbers.
#include "adapters/redis/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace narwhal::redis {
namespace {

class ArrivalsTest : public testing::Test {
 protected:
  // The numbers that the server is told for each queue's next job.
  std::string numbers() {
    std::string out;
    Command command(out, 2);
    arrivals.send_numbers(command);
    return out;
  }
  std::string words() {
    std::string out;
    Command command(out, Arrivals::kWords * arrivals.count());
    arrivals.send(command);
    return out;
  }

  Claims claims{"0123456789abcdef"};
  Arrivals arrivals{{"a", "b"}, claims};
};

TEST_F(ArrivalsTest, TheServerKnowsANumberBeforeItsJobComes) {
  const std::string told = numbers();
  const Reservation first = arrivals.take(0, "job");
  EXPECT_NE(told.find("$1\r\n" + std::to_string(first) + "\r\n"), std::string::npos) << told;
  EXPECT_EQ(numbers().find("$1\r\n" + std::to_string(first) + "\r\n"), std::string::npos);
}

TEST_F(ArrivalsTest, NoNumberIsGivenTwice) {
  std::vector<Reservation> given = {arrivals.take(0, "1"), arrivals.take(1, "2"),
                                    arrivals.take(0, "3"), claims.next_number()};
  std::sort(given.begin(), given.end());
  EXPECT_EQ(std::adjacent_find(given.begin(), given.end()), given.end());
}

TEST_F(ArrivalsTest, TheyAreSentAgainUntilTheServerHasAnswered) {
  arrivals.take(0, "taken");
  arrivals.give_back(1, "given back");
  EXPECT_EQ(arrivals.given_back(), 1U);
  const std::string sent = words();
  arrivals.unsend();
  EXPECT_EQ(words(), sent);
  EXPECT_TRUE(arrivals.sent({}).empty());
  EXPECT_FALSE(arrivals.any());
}

TEST_F(ArrivalsTest, WhatComesMeanwhileIsNotAnsweredYet) {
  arrivals.take(0, "first");
  words();
  arrivals.take(1, "second");
  arrivals.sent({});
  EXPECT_EQ(arrivals.count(), 1U);
}

TEST_F(ArrivalsTest, OneOfWhichTheServerHasNoTraceIsTold) {
  arrivals.take(0, "there");
  const Reservation gone = arrivals.take(1, "gone");
  words();
  EXPECT_EQ(arrivals.sent({Claims::field(gone, "b")}), std::vector<Reservation>{gone});
}

}  // namespace
}  // namespace narwhal::redis

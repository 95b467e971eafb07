#include "adapters/kafka/ledger.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace narwhal::kafka {
namespace {

using Arrival = Ledger::Arrival;

Ledger with_arrivals(std::int64_t first, std::int64_t end) {
  Ledger ledger("me", first, "");
  for (std::int64_t offset = first; offset < end; ++offset) {
    EXPECT_EQ(ledger.arrived(offset), Arrival::fresh);
  }
  return ledger;
}

Ledger next_owner(const Ledger& ledger, bool claims = true) {
  return Ledger("heir", ledger.mark(), ledger.text(claims));
}

TEST(KafkaLedger, TheMarkFollowsWhatIsFinishedWithoutAGap) {
  Ledger ledger = with_arrivals(10, 15);
  EXPECT_EQ(ledger.mark(), 10);
  ledger.finish(12);
  EXPECT_EQ(ledger.mark(), 10);
  EXPECT_EQ(ledger.finished_above_mark(), 1);
  ledger.finish(10);
  EXPECT_EQ(ledger.mark(), 11);
  ledger.finish(11);
  EXPECT_EQ(ledger.mark(), 13);
  EXPECT_EQ(ledger.finished_above_mark(), 0);
  EXPECT_EQ(ledger.open(), 2);
}

TEST(KafkaLedger, WhatIsFinishedAboveTheMarkIsNotRunAgain) {
  Ledger before = with_arrivals(0, 5);
  before.finish(1);
  before.finish(3);
  before.finish(4);
  Ledger after = next_owner(before);
  EXPECT_EQ(after.arrived(0), Arrival::fresh);
  EXPECT_EQ(after.arrived(1), Arrival::finished);
  EXPECT_EQ(after.arrived(2), Arrival::fresh);
  EXPECT_EQ(after.arrived(3), Arrival::finished);
  EXPECT_EQ(after.arrived(4), Arrival::finished);
  EXPECT_EQ(after.arrived(5), Arrival::fresh);
}

TEST(KafkaLedger, TheMarkMayPassWhatIsFinishedAndHasNotComeAgain) {
  Ledger before = with_arrivals(0, 5);
  for (const int offset : {1, 2, 3}) before.finish(offset);
  Ledger after = next_owner(before);
  EXPECT_EQ(after.arrived(0), Arrival::fresh);
  after.finish(0);
  EXPECT_EQ(after.mark(), 4);
  EXPECT_EQ(after.arrived(1), Arrival::finished);
  EXPECT_EQ(after.arrived(4), Arrival::fresh);
}

TEST(KafkaLedger, OffsetsThatNeverComeAreFinished) {
  Ledger ledger("me", 3, "");
  EXPECT_EQ(ledger.arrived(7), Arrival::fresh);
  EXPECT_EQ(ledger.mark(), 7);
  EXPECT_EQ(ledger.arrived(20), Arrival::fresh);
  ledger.finish(7);
  EXPECT_EQ(ledger.mark(), 20);
}

TEST(KafkaLedger, WithoutACommitTheMarkIsTheFirstThatComes) {
  Ledger ledger("me");
  EXPECT_EQ(ledger.mark(), Ledger::kUnknown);
  EXPECT_EQ(ledger.arrived(42), Arrival::fresh);
  EXPECT_EQ(ledger.mark(), 42);
}

TEST(KafkaLedger, ClaimsOfAMasterThatIsGoneMakeOrphans) {
  Ledger before = with_arrivals(0, 4);
  before.claim(1);
  before.claim(2);
  before.finish(2);
  Ledger after = next_owner(before);
  EXPECT_EQ(after.arrived(0), Arrival::fresh);
  EXPECT_EQ(after.arrived(1), Arrival::orphan);
  EXPECT_EQ(after.claimant(1), "me");
  EXPECT_EQ(after.arrived(2), Arrival::finished);
  EXPECT_EQ(after.arrived(3), Arrival::fresh);
  after.finish(1);
  EXPECT_EQ(after.claimant(1), "");
}

TEST(KafkaLedger, OrphansStayKnownUntilTheyAreTakenUp) {
  Ledger first = with_arrivals(0, 3);
  first.claim(2);
  Ledger second = next_owner(first);
  EXPECT_EQ(second.arrived(0), Arrival::fresh);
  second.claim(0);
  Ledger third("third", second.mark(), second.text(true));
  EXPECT_EQ(third.arrived(0), Arrival::orphan);
  EXPECT_EQ(third.claimant(0), "heir");
  EXPECT_EQ(third.arrived(1), Arrival::fresh);
  EXPECT_EQ(third.arrived(2), Arrival::orphan);
  EXPECT_EQ(third.claimant(2), "me");
}

TEST(KafkaLedger, AFarewellLeavesNoClaims) {
  Ledger before = with_arrivals(0, 3);
  before.claim(1);
  Ledger after = next_owner(before, /*claims=*/false);
  for (const int offset : {0, 1, 2}) EXPECT_EQ(after.arrived(offset), Arrival::fresh);
}

TEST(KafkaLedger, ItsOwnClaimsMakeNoOrphans) {
  Ledger before = with_arrivals(0, 2);
  before.claim(0);
  Ledger after("me", before.mark(), before.text(true));
  EXPECT_EQ(after.arrived(0), Arrival::fresh);
}

TEST(KafkaLedger, WhatCameBeforeIsKnown) {
  Ledger ledger = with_arrivals(0, 3);
  ledger.finish(1);
  EXPECT_EQ(ledger.arrived(0), Arrival::known);
  EXPECT_EQ(ledger.arrived(1), Arrival::finished);
  EXPECT_EQ(ledger.open(), 2);
}

TEST(KafkaLedger, MetadataOfOthersCountsAsNone) {
  for (const char* text : {"", "consumer-1 was here", "nw2:ABC", "nw1", "nw1:?", "nw1:A:x=!",
                           "nw1:ggggggggggggggggggggggg", "nw1::::===:"}) {
    Ledger ledger("me", 5, text);
    EXPECT_EQ(ledger.mark(), 5) << text;
    EXPECT_EQ(ledger.arrived(5), Arrival::fresh) << text;
  }
}

TEST(KafkaLedger, ItsTextFitsWhateverHappens) {
  Ledger ledger("me", 1'000'000'000'000, "");
  std::int64_t offset = 1'000'000'000'000;
  while (ledger.has_room()) {
    ledger.arrived(offset);
    if (offset % 3 == 1) ledger.finish(offset);
    if (offset % 3 == 0) ledger.claim(offset);
    offset += offset % 7 == 0 ? 100'000 : 1;
  }
  EXPECT_GT(ledger.open(), 200);
  for (std::int64_t each = 1'000'000'000'001; each < offset; each += 2) ledger.finish(each);
  const std::string text = ledger.text(true, SIZE_MAX / 2);
  EXPECT_LE(text.size(), Ledger::kMostText);
  EXPECT_EQ(ledger.text(true), text);
}

TEST(KafkaLedger, AServerThatAllowsLessGetsWhatFits) {
  Ledger before = with_arrivals(0, 200);
  for (int offset = 1; offset < 200; offset += 2) before.finish(offset);
  const std::string text = before.text(true, 50);
  EXPECT_LE(text.size(), 50U);
  Ledger after("heir", before.mark(), text);
  EXPECT_EQ(after.arrived(0), Arrival::fresh);
  EXPECT_EQ(after.arrived(1), Arrival::finished);
  EXPECT_GT(after.finished_above_mark(), 10);
}

TEST(KafkaLedger, NamesOfClaimantsSurviveTheText) {
  const std::string name = claimant_name("host a:b=c@d", 4711, "f00");
  const Claimant claimant = read_claimant(name);
  EXPECT_EQ(claimant.master, "host?a?b?c?d");
  EXPECT_EQ(claimant.pid, 4711);
  Ledger before(name, 0, "");
  before.arrived(0);
  before.claim(0);
  Ledger after("heir", 0, before.text(true));
  EXPECT_EQ(after.arrived(0), Arrival::orphan);
  EXPECT_EQ(after.claimant(0), name);
}

// A chain of owners against plain sets.
TEST(KafkaLedger, AgreesWithPlainSetsOverManyOwners) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::set<std::int64_t> finished;
    std::set<std::int64_t> claimed;
    std::int64_t mark = 100;
    std::string text;
    for (int owner = 0; owner < 6; ++owner) {
      Ledger ledger("owner" + std::to_string(owner), mark, text);
      const std::set<std::int64_t> orphans = std::exchange(claimed, {});
      std::set<std::int64_t> untouched = orphans;
      std::set<std::int64_t> open;
      const std::int64_t end = mark + static_cast<std::int64_t>(random() % 60);
      for (std::int64_t offset = mark; offset < end; ++offset) {
        const Arrival wanted = finished.contains(offset)  ? Arrival::finished
                               : orphans.contains(offset) ? Arrival::orphan
                                                          : Arrival::fresh;
        ASSERT_EQ(ledger.arrived(offset), wanted) << offset;
        if (wanted == Arrival::finished) continue;
        open.insert(offset);
        if (wanted == Arrival::fresh && random() % 2 == 0) {
          ledger.claim(offset);
          claimed.insert(offset);
        }
        if (random() % 2 == 0) continue;
        auto victim = open.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(random() % open.size()));
        ledger.finish(*victim);
        finished.insert(*victim);
        claimed.erase(*victim);
        untouched.erase(*victim);
        open.erase(victim);
      }
      while (finished.contains(mark)) ++mark;
      ASSERT_EQ(ledger.mark(), mark);
      ASSERT_EQ(ledger.open(), static_cast<std::int64_t>(open.size()));
      text = ledger.text(true);
      claimed.merge(untouched);
    }
  }
}

}  // namespace
}  // namespace narwhal::kafka

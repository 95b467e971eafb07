// A program's producer, opened by URL.
#include "narwhal/producer.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace narwhal::test {
namespace {

class ClientProducer : public testing::Test {
 protected:
  ClientProducer() {
    auto opened = open_producer("sqlite:" + directory_.file("queue.db"));
    if (!opened) throw std::runtime_error(opened.error().text());
    producer = std::move(*opened);
  }

  std::unique_ptr<Producer> producer;

 private:
  TempDir directory_;
};

TEST_F(ClientProducer, RefusesAJobThatNobodyCouldServe) {
  const auto refused = producer->enqueue({.queue = "bad\x01name", .payload = "x"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().text(),
            "unable to enqueue job: the queue's name has a control character");
  EXPECT_TRUE(producer->enqueue({.queue = "good", .payload = "x"}).ok());
}

TEST_F(ClientProducer, StoresNoneOfManyWhenOneIsRefused) {
  const auto refused =
      producer->enqueue_all({{.id = "first", .payload = "x"}, {.id = "a\nb", .payload = "y"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().text(), "unable to enqueue job 2 of 2: its id has a control character");
}

}  // namespace
}  // namespace narwhal::test

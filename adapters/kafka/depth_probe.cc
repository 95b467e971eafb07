#include "depth_probe.h"

#include <unistd.h>

#include <algorithm>

#include "delay_levels.h"
#include "ledger.h"
#include "names.h"
#include "narwhal/signals_blocked.h"

namespace narwhal::kafka {
namespace {

constexpr int kTimeoutMillis = 2000;

}  // namespace

DepthProbe::~DepthProbe() { stop(); }

void DepthProbe::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  stop_ = false;
  wanted_ = false;
}

void DepthProbe::use(rd_kafka_t* consumer, rd_kafka_t* producer, int wake_fd) {
  consumer_ = consumer;
  producer_ = producer;
  wake_fd_ = wake_fd;
}

void DepthProbe::request() {
  if (std::exchange(wanted_, true) || consumer_ == nullptr) return;
  done_ = false;
  depths_.clear();
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { ask(); });
}

std::vector<QueueDepth> DepthProbe::take() {
  if (!wanted_ || !done_) return {};
  thread_.join();
  wanted_ = false;
  return std::exchange(depths_, {});
}

void DepthProbe::ask() {
  for (const std::string& queue : session_.queues) {
    if (stop_) break;
    depths_.push_back(count(queue));
  }
  done_ = true;
  const std::uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

QueueDepth DepthProbe::count(const std::string& queue) const {
  const std::string topic = session_.location.topic(queue);
  const auto positive = [](std::int64_t number) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
  };
  QueueDepth depth;
  depth.queue = queue;
  depth.ready = positive(unfinished(topic));
  for (const std::chrono::seconds span : kDelayLevels) {
    const std::uint64_t waiting = positive(unfinished(retry_topic(topic, span)));
    (span.count() == 0 ? depth.ready : depth.delayed) += waiting;
  }
  depth.dead = positive(held(dead_topic(topic)));
  return depth;
}

std::int64_t DepthProbe::unfinished(const std::string& topic) const {
  const Topic handle(rd_kafka_topic_new(producer_, topic.c_str(), nullptr));
  const struct rd_kafka_metadata* raw = nullptr;
  if (stop_ || rd_kafka_metadata(producer_, 0, handle.get(), &raw, kTimeoutMillis) != 0) return 0;
  const Metadata metadata(raw);
  if (raw->topic_cnt != 1) return 0;
  const Partitions list(rd_kafka_topic_partition_list_new(raw->topics[0].partition_cnt));
  for (int i = 0; i < raw->topics[0].partition_cnt; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i);
  }
  if (stop_ || rd_kafka_committed(consumer_, list.get(), kTimeoutMillis) != 0) return 0;
  std::int64_t count = 0;
  for (int i = 0; i < list->cnt && !stop_; ++i) {
    const rd_kafka_topic_partition_t& each = list->elems[i];
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(producer_, topic.c_str(), each.partition, &low, &high,
                                         kTimeoutMillis) != 0) {
      continue;
    }
    const std::string_view text(static_cast<const char*>(each.metadata),
                                each.metadata == nullptr ? 0 : each.metadata_size);
    const Ledger ledger("", std::max(each.offset, low), each.offset >= low ? text : "");
    count += high - ledger.mark() - ledger.finished_above_mark();
  }
  return count;
}

std::int64_t DepthProbe::held(const std::string& topic) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (stop_ || rd_kafka_query_watermark_offsets(producer_, topic.c_str(), 0, &low, &high,
                                                kTimeoutMillis) != 0) {
    return 0;
  }
  return high - low;
}

}  // namespace narwhal::kafka

// Owners of what librdkafka hands out, so that nothing is freed by hand.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace narwhal::kafka {

template <auto kDestroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};

template <typename T, auto kDestroy>
using Owner = std::unique_ptr<T, Destroy<kDestroy>>;

using Handle = Owner<rd_kafka_t, rd_kafka_destroy>;
using Conf = Owner<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Queue = Owner<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owner<rd_kafka_event_t, rd_kafka_event_destroy>;
using Message = Owner<rd_kafka_message_t, rd_kafka_message_destroy>;
using MessageHeaders = Owner<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Topic = Owner<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Partitions = Owner<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Metadata = Owner<const struct rd_kafka_metadata, rd_kafka_metadata_destroy>;
using NewTopic = Owner<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using AdminOptions = Owner<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using KafkaError = Owner<rd_kafka_error_t, rd_kafka_error_destroy>;

}  // namespace narwhal::kafka

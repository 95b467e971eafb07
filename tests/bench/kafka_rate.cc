// What the Kafka adapter costs on top of the server. Beside it, in the same run on the same server,
// the bare loop of librdkafka: take a message, store its offset, which is committed twice a second;
// and the floor of handing jobs to as many workers, which is what the daemon has to pay besides.
//
//   bench_kafka_rate [--free] [jobs]
//
// Pinned, all is on one CPU and all CPU time counts; free, it is the rate that a user sees.
#include <cstdio>
#include <cstdlib>

#include "adapter_rate.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/kafka_type.h"
#include "hand_off_floor.h"
#include "subject.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::bench {
namespace {

const std::string kPayload(300, 'x');
constexpr int kRounds = 3;
// Taken before the measurement, once the group has met: one, or as many as there are workers.
constexpr std::size_t kFirst = 64;
constexpr int kPatienceMillis = 30'000;
constexpr double kFloorSeconds = 1;

class BareConsumer {
 public:
  explicit BareConsumer(const test::KafkaTopics& topics) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    const std::string servers = "127.0.0.1:" + std::to_string(topics.server_port());
    set(conf, "bootstrap.servers", servers);
    set(conf, "group.id", topics.group() + ".bare");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.commit.interval.ms", "500");
    handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0));
    if (!handle_) fail("no consumer");
    rd_kafka_poll_set_consumer(handle_.get());
    const kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topics.topic("default").c_str(),
                                      RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(handle_.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      fail("unable to subscribe");
    }
  }
  BareConsumer(const BareConsumer&) = delete;
  BareConsumer& operator=(const BareConsumer&) = delete;
  ~BareConsumer() { rd_kafka_consumer_close(handle_.get()); }

  void take(std::size_t jobs) {
    for (std::size_t i = 0; i < jobs; ++i) {
      const kafka::Message message(rd_kafka_consumer_poll(handle_.get(), kPatienceMillis));
      if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail("unable to consume");
      rd_kafka_offset_store(message->rkt, message->partition, message->offset);
    }
  }

 private:
  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    rd_kafka_conf_set(conf, name, value.c_str(), nullptr, 0);
  }

  kafka::Handle handle_;
};

void print(const std::string& name, const AdapterRate& rate, const AdapterRate& bare, double floor,
           bool free) {
  std::printf("%-22s %8.0f jobs/s  %8.0f per CPU second  client %5.1f us  server %5.1f us  ",
              name.c_str(), rate.per_second, rate.per_cpu_second, rate.client_micros,
              rate.server_micros);
  std::printf("%.2f x bare  %.2f x floor\n",
              free ? rate.per_second / bare.per_second : rate.per_cpu_second / bare.per_cpu_second,
              rate.per_second / floor);
}

double floor_rate(int workers, bool free) {
  const Placement placement = free ? Placement::free : Placement::pinned;
  const HandOffFloor floor{
      {.workers = workers, .job_bytes = kPayload.size(), .placement = placement}};
  return watch(floor.subject(), kFloorSeconds).rate();
}

void run(std::size_t jobs, bool free) {
  const test::KafkaServer server;
  const auto processes = [&] { return std::vector<pid_t>{server.pid()}; };
  const SystemClock clock;
  const BrokerType& type = kafka_broker_type();
  for (int round = 0; round < kRounds; ++round) {
    for (const int workers : {1, 4, 16}) {
      const test::KafkaTopics topics(server.port());
      BrokerConfig config;
      config.url = topics.url() + "&partitions=4";
      fill(type, config, kPayload, jobs + kFirst);
      const double floor = floor_rate(workers, free);
      AdapterRate bare;
      {
        BareConsumer consumer(topics);
        consumer.take(1);
        bare = measure_rate(processes, jobs, [&] { consumer.take(jobs); });
      }
      print("bare", bare, bare, floor, free);
      const auto broker = open_adapter(type, config, workers, clock);
      adapter_loop(*broker, 1, workers);
      const AdapterRate rate =
          measure_rate(processes, jobs, [&] { adapter_loop(*broker, jobs, workers); });
      print("adapter, " + std::to_string(workers) + " workers", rate, bare, floor, free);
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  bool free = false;
  std::size_t jobs = 20'000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    free = free || word == "--free";
    if (word[0] != '-') jobs = std::strtoul(argv[i], nullptr, 10);
  }
  // Children inherit it, so the server runs there too.
  if (!free) narwhal::bench::place_self(narwhal::bench::Placement::pinned);
  narwhal::bench::run(jobs, free);
  return 0;
}

// What the RabbitMQ adapter costs on top of the server. Beside it, in the same run on the same
// server, the bare loop of rabbitmq-c at the same prefetch: take a message, acknowledge it.
//
//   bench_rabbitmq_rate [--free] [--quorum] [jobs]
//
// Pinned, all is on one CPU and all CPU time counts; free, it is the rate that a user sees.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <cstdio>
#include <cstdlib>

#include "adapter_rate.h"
#include "adapters/rabbitmq/rabbitmq_type.h"
#include "process_usage.h"
#include "subject.h"
#include "tests/support/rabbitmq_server.h"

namespace narwhal::bench {
namespace {

const std::string kPayload(300, 'x');
constexpr int kRounds = 3;

class BareConsumer {
 public:
  BareConsumer(int port, int prefetch) : state_(amqp_new_connection()) {
    amqp_socket_t* socket = amqp_tcp_socket_new(state_);
    if (amqp_socket_open(socket, "127.0.0.1", port) != 0) fail("no server");
    amqp_login(state_, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    amqp_channel_open(state_, 1);
    amqp_basic_qos(state_, 1, 0, static_cast<std::uint16_t>(prefetch), 0);
    amqp_basic_consume(state_, 1, amqp_cstring_bytes("default"), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
  }
  BareConsumer(const BareConsumer&) = delete;
  BareConsumer& operator=(const BareConsumer&) = delete;
  ~BareConsumer() {
    amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state_);
  }

  void take(std::size_t jobs) {
    for (std::size_t i = 0; i < jobs; ++i) {
      amqp_maybe_release_buffers(state_);
      amqp_envelope_t envelope{};
      const amqp_rpc_reply_t reply = amqp_consume_message(state_, &envelope, nullptr, 0);
      if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("unable to consume");
      amqp_basic_ack(state_, 1, envelope.delivery_tag, 0);
      amqp_destroy_envelope(&envelope);
    }
  }

 private:
  amqp_connection_state_t state_;
};

void print(const std::string& name, const AdapterRate& rate, const AdapterRate& bare, bool free) {
  std::printf("%-22s %8.0f jobs/s  %8.0f per CPU second  client %5.1f us  server %5.1f us  ",
              name.c_str(), rate.per_second, rate.per_cpu_second, rate.client_micros,
              rate.server_micros);
  std::printf("%.2f x bare\n",
              free ? rate.per_second / bare.per_second : rate.per_cpu_second / bare.per_cpu_second);
}

void run(std::size_t jobs, bool free, bool quorum) {
  const test::RabbitmqServer server;
  const auto processes = [&] { return group_members(server.group()); };
  const SystemClock clock;
  const BrokerType& type = rabbitmq_broker_type();
  BrokerConfig config;
  config.url = server.url();
  if (quorum) config.options["queue_type"] = "quorum";
  for (int round = 0; round < kRounds; ++round) {
    for (const int prefetch : {1, 2, 4, 16, 50}) {
      fill(type, config, kPayload, jobs);
      AdapterRate bare;
      {
        BareConsumer consumer(server.port(), prefetch);
        bare = measure_rate(processes, jobs, [&] { consumer.take(jobs); });
      }
      print("bare, prefetch " + std::to_string(prefetch), bare, bare, free);
      fill(type, config, kPayload, jobs);
      const auto broker = open_adapter(type, config, prefetch, clock);
      const AdapterRate rate =
          measure_rate(processes, jobs, [&] { adapter_loop(*broker, jobs, prefetch); });
      print("adapter, " + std::to_string(prefetch) + " workers", rate, bare, free);
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  bool free = false;
  bool quorum = false;
  std::size_t jobs = 20'000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    free = free || word == "--free";
    quorum = quorum || word == "--quorum";
    if (word[0] != '-') jobs = std::strtoul(argv[i], nullptr, 10);
  }
  // Children inherit it, so the server runs there too.
  if (!free) narwhal::bench::place_self(narwhal::bench::Placement::pinned);
  narwhal::bench::run(jobs, free, quorum);
  return 0;
}

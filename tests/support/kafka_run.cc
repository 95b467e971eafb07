// The Kafka server that the tests of one run share. Its address: its port.
#include "kafka_server.h"
#include "server_run.h"

int main(int argc, char** argv) {
  return narwhal::test::run_server(argc, argv, [] {
    auto server = std::make_unique<narwhal::test::KafkaServer>();
    const std::string address = std::to_string(server->port());
    return narwhal::test::SharedServer{std::move(server), address};
  });
}

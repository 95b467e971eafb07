// The RabbitMQ server that the tests of one run share. Its address: "port http_port".
#include "rabbitmq_server.h"
#include "server_run.h"

int main(int argc, char** argv) {
  return narwhal::test::run_server(argc, argv, [] {
    auto server = std::make_unique<narwhal::test::RabbitmqServer>();
    const std::string address =
        std::to_string(server->port()) + " " + std::to_string(server->http_port());
    return narwhal::test::SharedServer{std::move(server), address};
  });
}

// KafkaServer: Apache Kafka itself, a node that is broker and controller, on loopback and with its
// data in a directory of its own. It ends with this process.
//
// It takes seconds to start, so tests that leave it alone share one: see kafka_topics.h.
#pragma once

#include <string>
#include <vector>

#include "server_process.h"
#include "temp_dir.h"

namespace narwhal::test {

class KafkaServer final : public ServerProcess {
 public:
  using Lines = std::vector<std::string>;  // of server.properties

  // Starts it; Kafka is fetched first where it never was.
  explicit KafkaServer(const Lines& lines = {});
  ~KafkaServer() override;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "kafka://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

  // A server that was killed starts with what it had written.
  void start() override;

 private:
  void write_files(const Lines& lines) const;

  TempDir directory_;
  int port_;
  int controller_port_;
};

// The port of the server that the run of the tests has started, else of one of this process.
int shared_kafka_port();

}  // namespace narwhal::test

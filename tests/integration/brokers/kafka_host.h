// The daemon's tests on Kafka, each with topics and a group of its own. A server takes seconds to
// start, so they share that of the run, and what they do to "the server" befalls the way to it: to
// a daemon it is the same.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {

class KafkaHost final : public BrokerHost {
 public:
  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return topics_.url(proxy_.port()); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &way_; }
  [[nodiscard]] std::string socket() const override;
  // From now on clients are sent there.
  [[nodiscard]] std::string url_at(const std::string& socket) const override;
  void put_foreign(const std::string& queue, const std::string& payload) override;
  // So many that a master which joins, and is given the first half of all partitions by name,
  // leaves some of them to the other.
  void share_queue() override { topics_.create("default", 16); }
  // As a static member of the group.
  void name_master(DaemonConfig& config) const override {
    config.text("broker.url", url() + "&group.instance.id=one");
  }
  [[nodiscard]] std::size_t slow_rate() const override { return 300; }
  [[nodiscard]] bool client_has_threads() const override { return true; }
  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }

 private:
  // The server as the daemon sees it.
  class Way final : public ServerProcess {
   public:
    explicit Way(TcpProxy& proxy) : proxy_(proxy) {}
    void start() override { proxy_.join(); }
    void kill() override { proxy_.cut(); }
    void pause() override { proxy_.set_silent(true); }
    void resume() override { proxy_.set_silent(false); }

   private:
    TcpProxy& proxy_;
  };

  KafkaTopics topics_;
  KafkaProxy proxy_{topics_.server_port()};
  Way way_{proxy_};
  std::unique_ptr<JobStore> jobs_ = make_jobs();

  std::unique_ptr<JobStore> make_jobs();
};

}  // namespace narwhal::test

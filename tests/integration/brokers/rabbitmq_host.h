// The daemon's tests on RabbitMQ, each in a virtual host of its own. A server takes seconds to
// start, so they share that of the run, and what they do to "the server" befalls the way to it: to
// a daemon it is the same.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/tcp_proxy.h"

namespace narwhal::test {

class RabbitmqHost final : public BrokerHost {
 public:
  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return url_at(socket()); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &way_; }
  [[nodiscard]] std::string socket() const override;
  [[nodiscard]] std::string url_at(const std::string& socket) const override {
    return "amqp://" + socket + "/" + vhost_.name() + "?max_priority=10";
  }
  void put_foreign(const std::string& queue, const std::string& payload) override;
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

  RabbitmqVhost vhost_;
  TcpProxy proxy_{vhost_.server_port()};
  Way way_{proxy_};
  std::unique_ptr<JobStore> jobs_ = make_jobs();

  std::unique_ptr<JobStore> make_jobs();
};

}  // namespace narwhal::test

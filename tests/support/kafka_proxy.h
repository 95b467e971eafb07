// KafkaProxy: stands between clients and a Kafka server. A server names itself in its answers, and
// clients go on from there by that name: here they are told the proxy's port.
#pragma once

#include <atomic>
#include <memory>

#include "tcp_proxy.h"

namespace narwhal::test {

class KafkaProxy final : public TcpProxy {
 public:
  explicit KafkaProxy(int server_port);

  // Sends clients there instead: to a proxy before this one.
  void advertise(int port) const { *advertised_ = port; }

 private:
  // Shared with the filters.
  const std::shared_ptr<std::atomic<int>> advertised_;
};

}  // namespace narwhal::test

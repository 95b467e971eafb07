#include "fence.h"

namespace narwhal::redis {

void Fence::add(Connection& connection, Told told) {
  ask_client_number(connection, [this, told = std::move(told)](Result<std::int64_t> client) {
    if (!client.ok()) return;
    clients_.push_back(*client);
    told(*client);
  });
}

void Fence::close(Connection& main, const std::string& run) {
  const bool same_run = !run.empty() && run == run_;
  for (const std::int64_t client : clients_) {
    if (same_run) kill_client(main, client);
  }
  clients_.clear();
  run_ = run;
}

}  // namespace narwhal::redis

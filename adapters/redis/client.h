// Client: a connection for callers that may wait: producers and one-shot commands. Opens itself
// when needed and again after it was lost; a call has a deadline.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "dialer.h"

namespace narwhal::redis {

class Client {
 public:
  static Result<std::unique_ptr<Client>> open(const BrokerConfig& config);

  [[nodiscard]] const Location& location() const { return location_; }

  using Words = std::vector<std::string_view>;
  // The reply of one command; an error reply is an Error.
  Result<ReplyPtr> call(const Words& words);
  // Several commands in one write, a transaction or one alone; the replies may be error replies.
  Result<std::vector<ReplyPtr>> call_all(const std::vector<Words>& commands);

 private:
  Client(Location location, std::shared_ptr<net::TlsContext> tls);
  bool still_open();
  Result<void> ensure_open();
  Result<void> try_open();
  Result<std::vector<ReplyPtr>> send_all(const std::vector<Words>& commands);
  Result<void> wait(const std::function<bool()>& done);
  Result<void> told_of_server(const redisReply& reply);
  Error lost(const Error& error);

  const Location location_;
  Dialer dialer_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace narwhal::redis

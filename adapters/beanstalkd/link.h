// Link: one connection to the server: non-blocking socket, output buffer and reply parser. Knows
// bytes, not jobs; a Slot or the Desk owns it and knows what each reply answers.
#pragma once

#include <string>

#include "adapters/net/address.h"
#include "narwhal/poll_set.h"
#include "narwhal/unique_fd.h"
#include "protocol.h"

namespace narwhal::beanstalkd {

class Link {
 public:
  explicit Link(std::size_t largest_body) : replies_(largest_body), largest_body_(largest_body) {}

  // Starts to connect. False when too many others wait to be accepted just now; ErrorKind::invalid
  // when select() has no room for one more.
  Result<bool> open(const net::Address& address, const std::string& name);
  void close();

  [[nodiscard]] bool is_open() const { return socket_.valid(); }
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool wants_write() const { return connecting_ || sent_ < out_.size(); }
  void watch(PollSet& set) const;

  // Commands are appended here and leave with send().
  [[nodiscard]] std::string& out() { return out_; }
  // Writes what the socket takes.
  Result<void> send();

  // Reads what has arrived, up to a bound that keeps one busy connection from starving the loop.
  // True when the server has hung up; what came before that can still be taken with next().
  Result<bool> receive();
  Result<bool> next(Reply& reply) { return replies_.next(reply); }

 private:
  Result<void> finish_connecting();

  UniqueFd socket_;
  std::string name_;  // for errors
  bool connecting_ = false;
  std::string out_;
  std::size_t sent_ = 0;
  ReplyParser replies_;
  std::size_t largest_body_;
};

}  // namespace narwhal::beanstalkd

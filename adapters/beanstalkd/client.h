// Client: a blocking connection for the producer and the one-shot commands: one command at a time,
// or several with their replies in order. Reconnects by itself when the last use broke the
// connection. Uses poll(), since the program around it may have more descriptors than select()
// takes.
#pragma once

#include <string>

#include "address.h"
#include "link.h"
#include "narwhal/clock.h"

namespace narwhal::beanstalkd {

class Client {
 public:
  explicit Client(Place place);

  // Connects unless it is connected.
  Result<void> connect();
  void close() { link_.close(); }
  // The server's limit for a job's body; known once connected.
  [[nodiscard]] std::size_t max_job_size() const { return max_job_size_; }

  // Commands are appended here and leave with the next read().
  [[nodiscard]] std::string& out() { return link_.out(); }
  // The next reply. Whatever fails closes the connection.
  Result<Reply> read();
  // Sends the one command in out(). An Error, too, when the server does not answer with `wanted`.
  Result<Reply> expect(ReplyKind wanted, const char* what);
  [[nodiscard]] bool uses(const std::string& tube) const { return used_ == tube; }
  // Chooses the tube of the next put.
  Result<void> use(const std::string& tube);

 private:
  Result<void> connect(const net::Address& address);
  [[nodiscard]] bool hung_up() const;
  Result<void> wait(TimePoint deadline);

  const Place place_;
  const SystemClock clock_;
  Link link_;
  std::size_t max_job_size_ = 65535;
  std::string used_;
};

}  // namespace narwhal::beanstalkd

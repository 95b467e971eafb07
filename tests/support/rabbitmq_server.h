// RabbitmqServer: a real rabbitmq-server in a directory of its own: own node name, cookie, ports
// and epmd, no system service. A guardian process ends it with this one, whatever happens to that.
//
// It takes seconds to start, so tests that leave it alone share one: RabbitmqVhost is a virtual
// host of its own on the server that the run of the tests has started, or on one of this process.
#pragma once

#include <amqp.h>
#include <amqp_framing.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "narwhal/unique_fd.h"
#include "server_process.h"
#include "temp_dir.h"

namespace narwhal::test {

// What the server's HTTP interface answers.
struct HttpReply {
  int status = 0;
  std::string body;
};
// Throws when nobody answers.
HttpReply rabbitmq_http(int port, const std::string& method, const std::string& path,
                        const std::string& body = {});
// For a name within a path.
std::string url_encode(const std::string& text);

class RabbitmqServer final : public ServerProcess {
 public:
  using Lines = std::vector<std::string>;  // of rabbitmq.conf

  // Starts it. `advanced`: what only advanced.config can say, as Erlang's terms.
  explicit RabbitmqServer(const Lines& lines = {}, const std::string& advanced = "[].");
  ~RabbitmqServer() override;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int http_port() const { return http_port_; }
  [[nodiscard]] std::string url() const {
    return "amqp://guest:guest@127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
  // The process group that the server is.
  [[nodiscard]] pid_t group() const { return pid_; }
  HttpReply http(const std::string& method, const std::string& path, const std::string& body = {}) {
    return rabbitmq_http(http_port_, method, path, body);
  }
  // rabbitmqctl with these arguments; throws when it fails.
  void control(const std::string& arguments);

  void start() override;
  // Of the whole group.
  void kill() override;
  void pause() override;
  void resume() override;

 private:
  void write_files(const Lines& lines, const std::string& advanced);
  void start_epmd();
  [[nodiscard]] std::vector<std::string> environment() const;
  pid_t spawn(const std::vector<std::string>& words);
  [[nodiscard]] bool answers() const;

  TempDir directory_;
  int port_;
  int http_port_;
  int dist_port_;
  int epmd_port_;
  UniqueFd guard_;  // the guardian ends what it guards when this is closed
  pid_t guardian_ = -1;
  pid_t epmd_ = -1;
};

class RabbitmqVhost {
 public:
  RabbitmqVhost();
  ~RabbitmqVhost();
  RabbitmqVhost(const RabbitmqVhost&) = delete;
  RabbitmqVhost& operator=(const RabbitmqVhost&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int server_port() const { return port_; }
  [[nodiscard]] int http_port() const { return http_port_; }
  // `port`: of a proxy, where it is not the server's own.
  [[nodiscard]] std::string url(int port) const;
  [[nodiscard]] std::string url() const { return url(port_); }

  // As any program would, by plain basic.publish; throws when there is no such queue.
  void publish(const std::string& queue, const std::string& payload,
               const amqp_basic_properties_t& properties = {});
  // `arguments`: JSON, as for the server's HTTP interface.
  void declare(const std::string& queue, const std::string& json);
  void remove(const std::string& queue);
  HttpReply queue(const std::string& name);
  HttpReply http(const std::string& method, const std::string& path, const std::string& body = {}) {
    return rabbitmq_http(http_port_, method, path, body);
  }

 private:
  [[nodiscard]] std::string place(const std::string& kind, const std::string& queue) const;

  int port_ = 0;
  int http_port_ = 0;
  std::string name_;
};

}  // namespace narwhal::test

// BeanstalkdServer: a real beanstalkd of a test's own, on a Unix socket in a directory that goes
// with it; started and stopped as the test says.
#pragma once

#include <string>
#include <vector>

#include "server_process.h"
#include "temp_dir.h"

namespace narwhal::test {

class BeanstalkdServer final : public ServerProcess {
 public:
  // Whether jobs survive a restart of the server (beanstalkd -b), and one of the machine (-f 0).
  enum class Log { none, kept, synced };
  enum class Clock { strict, plain };  // see strict_clock.cc; plain where speed is measured

  // Waits until the server accepts connections. Throws when it does not.
  explicit BeanstalkdServer(Log log = Log::none, std::vector<std::string> options = {},
                            Clock clock = Clock::strict);
  ~BeanstalkdServer() override;

  [[nodiscard]] std::string path() const { return directory_.file("socket"); }
  [[nodiscard]] std::string url() const { return "beanstalk+unix://" + path(); }

  void start() override;
  void signal(int number) const;

  // One command over a connection of its own, as any client would send it; the server's answer up
  // to its first end of line and, where one is announced, the body after it.
  [[nodiscard]] std::string ask(const std::string& command) const;
  // A put of a program that knows nothing of Narwhal.
  void put(const std::string& tube, const std::string& body, unsigned priority = 1024,
           unsigned delay = 0, unsigned ttr = 60) const;
  // The number behind `key` in what stats-tube, stats-job or stats answers; -1 when there is none.
  [[nodiscard]] long number(const std::string& command, const std::string& key) const;

 private:
  TempDir directory_;
  std::vector<std::string> arguments_;
  const Clock clock_;
};

}  // namespace narwhal::test

// NotifySocket: what a service manager offers a daemon of Type=notify (sd_notify(3)).
#pragma once

#include <string>
#include <vector>

#include "narwhal/unique_fd.h"
#include "support/daemon/wait.h"

namespace narwhal::test {

class NotifySocket {
 public:
  explicit NotifySocket(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Everything said so far.
  const std::vector<std::string>& messages();
  // How many messages had a line that begins so.
  int count(const std::string& assignment);
  bool says(const std::string& assignment, int times = 1) {
    return eventually([&] { return count(assignment) >= times; });
  }

 private:
  std::string path_;
  UniqueFd socket_;
  std::vector<std::string> messages_;
};

}  // namespace narwhal::test

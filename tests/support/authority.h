// Authority: a certificate authority for tests, and certificates that it has signed: "server" and
// "client".
#pragma once

#include <string>

#include "temp_dir.h"

namespace narwhal::test {

class Authority {
 public:
  // `server_names`: what the server's certificate is for.
  explicit Authority(const std::string& server_names = "DNS:localhost,IP:127.0.0.1");

  // "ca.crt", "server.crt", "server.key"…
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  void sign(const std::string& name, const std::string& alternatives);

  TempDir directory_;
};

}  // namespace narwhal::test

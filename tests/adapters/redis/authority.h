// Authority: a certificate authority for tests, and certificates that it has signed: "server" for
// localhost and 127.0.0.1, and "client".
#pragma once

#include <string>

#include "tests/support/temp_dir.h"

namespace narwhal::test {

class Authority {
 public:
  Authority();

  // "ca.crt", "server.crt", "server.key"…
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  void sign(const std::string& name, const std::string& alternatives);

  TempDir directory_;
};

}  // namespace narwhal::test

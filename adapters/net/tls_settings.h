// What an adapter's options say about TLS.
#pragma once

#include <string>

namespace narwhal::net {

struct TlsSettings {
  bool enabled = false;
  std::string ca;    // file; empty: the system's
  std::string cert;  // file; with `key`, for servers that ask for a client certificate
  std::string key;
  bool verify = true;
};

}  // namespace narwhal::net

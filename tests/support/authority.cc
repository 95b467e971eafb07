#include "authority.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace narwhal::test {
namespace {

void shell(const std::string& command) {
  if (std::system((command + " 2>/dev/null").c_str()) != 0) throw std::runtime_error(command);
}

}  // namespace

Authority::Authority(const std::string& server_names) {
  shell("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test-ca -keyout " +
        file("ca.key") + " -out " + file("ca.crt"));
  sign("server", server_names);
  sign("client", "DNS:client");
}

void Authority::sign(const std::string& name, const std::string& alternatives) {
  std::ofstream(file(name + ".ext")) << "subjectAltName=" << alternatives << '\n';
  shell("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " +
        file(name + ".key") + " -out " + file(name + ".csr"));
  shell("openssl x509 -req -days 1 -in " + file(name + ".csr") + " -CA " + file("ca.crt") +
        " -CAkey " + file("ca.key") + " -CAcreateserial -extfile " + file(name + ".ext") +
        " -out " + file(name + ".crt"));
}

}  // namespace narwhal::test

// A server that the tests of one run share, as a small program of its own:
//   PROGRAM start FILE    returns when it is up and FILE holds its address
//   PROGRAM stop FILE
// The server ends, too, when the process that asked for the start (ctest) is gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server_process.h"

namespace narwhal::test {

struct SharedServer {
  std::unique_ptr<ServerProcess> server;
  std::string address;  // what the tests need to find it: one line
};

// The program's main().
int run_server(int argc, char** argv, const std::function<SharedServer()>& start);

}  // namespace narwhal::test

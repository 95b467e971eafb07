// Starts the RabbitMQ server that the tests of one run share, and stops it:
//   rabbitmq_run start FILE    returns when it is up and FILE holds its address
//   rabbitmq_run stop FILE
// The server ends, too, when the process that asked for the start (ctest) is gone.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "rabbitmq_server.h"

namespace narwhal::test {
namespace {

namespace fs = std::filesystem;
constexpr auto kPatience = std::chrono::seconds{130};
constexpr auto kLook = std::chrono::milliseconds{100};

bool wait_for(const fs::path& file, bool there) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (fs::exists(file) != there) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

fs::path stop_file(const fs::path& address) { return address.string() + ".stop"; }

[[noreturn]] void serve(const fs::path& address, pid_t asker) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  try {
    const RabbitmqServer server;
    const fs::path partial = address.string() + ".partial";
    std::ofstream(partial) << server.port() << ' ' << server.http_port() << '\n';
    fs::rename(partial, address);
    while (!fs::exists(stop_file(address)) && ::kill(asker, 0) == 0) {
      std::this_thread::sleep_for(kLook);
    }
  } catch (const std::exception& error) {
    std::ofstream(address.string() + ".error") << error.what() << '\n';
  }
  std::error_code ignored;
  fs::remove(address, ignored);
  fs::remove(stop_file(address), ignored);
  ::_exit(0);
}

int start(const fs::path& address) {
  std::error_code ignored;
  fs::create_directories(address.parent_path());
  fs::remove(address, ignored);
  fs::remove(stop_file(address), ignored);
  const pid_t asker = ::getppid();
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) serve(address, asker);
  return wait_for(address, true) ? 0 : 1;
}

int stop(const fs::path& address) {
  if (!fs::exists(address)) return 0;
  std::ofstream(stop_file(address)) << '\n';
  return wait_for(address, false) ? 0 : 1;
}

}  // namespace
}  // namespace narwhal::test

int main(int argc, char** argv) {
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb == "start") return narwhal::test::start(argv[2]);
  if (verb == "stop") return narwhal::test::stop(argv[2]);
  std::fputs("usage: rabbitmq_run start|stop FILE\n", stderr);
  return 64;
}

#include "server_run.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

namespace narwhal::test {
namespace {

namespace fs = std::filesystem;
// Long: the first time, some servers are fetched from far away. ctest has a limit of its own.
constexpr auto kPatience = std::chrono::seconds{570};
constexpr auto kLook = std::chrono::milliseconds{100};

using Start = std::function<SharedServer()>;

fs::path beside(const fs::path& address, const char* suffix) { return address.string() + suffix; }

// False when it takes too long, or when the server's process says that it failed.
bool wait_for(const fs::path& address, bool there) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (fs::exists(address) != there) {
    if (fs::exists(beside(address, ".error"))) return false;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

[[noreturn]] void serve(const fs::path& address, pid_t asker, const Start& start) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  try {
    const SharedServer shared = start();
    std::ofstream(beside(address, ".partial")) << shared.address << '\n';
    fs::rename(beside(address, ".partial"), address);
    while (!fs::exists(beside(address, ".stop")) && ::kill(asker, 0) == 0) {
      std::this_thread::sleep_for(kLook);
    }
  } catch (const std::exception& error) {
    std::ofstream(beside(address, ".error.partial")) << error.what() << '\n';
    fs::rename(beside(address, ".error.partial"), beside(address, ".error"));
  }
  std::error_code ignored;
  fs::remove(address, ignored);
  fs::remove(beside(address, ".stop"), ignored);
  ::_exit(0);
}

int start_server(const fs::path& address, const Start& start) {
  fs::create_directories(address.parent_path());
  std::error_code ignored;
  for (const char* suffix : {"", ".stop", ".error"}) fs::remove(beside(address, suffix), ignored);
  const pid_t asker = ::getppid();
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) serve(address, asker, start);
  if (wait_for(address, true)) return 0;
  std::fputs("the server does not start\n", stderr);
  std::ifstream error(beside(address, ".error"));
  for (std::string line; std::getline(error, line);) std::fprintf(stderr, "%s\n", line.c_str());
  return 1;
}

int stop_server(const fs::path& address) {
  if (!fs::exists(address)) return 0;
  std::ofstream(beside(address, ".stop")) << '\n';
  return wait_for(address, false) ? 0 : 1;
}

}  // namespace

int run_server(int argc, char** argv, const Start& start) {
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb == "start") return start_server(argv[2], start);
  if (verb == "stop") return stop_server(argv[2]);
  std::fprintf(stderr, "usage: %s start|stop FILE\n", argv[0]);
  return 64;
}

}  // namespace narwhal::test

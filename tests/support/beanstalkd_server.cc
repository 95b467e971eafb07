#include "beanstalkd_server.h"

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "narwhal/unique_fd.h"

namespace narwhal::test {
namespace {

// Blocking; -1 inside when nobody listens.
UniqueFd dial(const std::string& path) {
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return {};
  }
  return socket;
}

std::size_t announced_body(const std::string& line) {
  const bool sized =
      line.rfind("OK ", 0) == 0 || line.rfind("FOUND ", 0) == 0 || line.rfind("RESERVED ", 0) == 0;
  return sized ? std::stoul(line.substr(line.rfind(' ', line.find('\r')) + 1)) + 2 : 0;
}

std::string converse(int socket, const std::string& command) {
  for (std::size_t sent = 0; sent < command.size();) {
    const ssize_t count =
        ::send(socket, command.data() + sent, command.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("the server hung up");
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  std::size_t wanted = std::string::npos;
  while (answer.size() < wanted) {
    char bytes[4096];
    const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) throw std::runtime_error("the server hung up");
    answer.append(bytes, static_cast<std::size_t>(count));
    const std::size_t end = answer.find("\r\n");
    if (end != std::string::npos) wanted = end + 2 + announced_body(answer.substr(0, end + 2));
  }
  return answer;
}

}  // namespace

BeanstalkdServer::BeanstalkdServer(Log log, std::vector<std::string> options, Clock clock)
    : clock_(clock) {
  // It dies with the test's process whatever happens to that.
  arguments_ = {"setpriv", "--pdeathsig", "KILL", "beanstalkd", "-l", "unix:" + path()};
  arguments_.insert(arguments_.end(), options.begin(), options.end());
  if (log != Log::none) {
    const std::string folder = directory_.file("log");
    std::filesystem::create_directory(folder);
    arguments_.insert(arguments_.end(), {"-b", folder, log == Log::synced ? "-f0" : "-F"});
  }
  start();
}

BeanstalkdServer::~BeanstalkdServer() { kill(); }

void BeanstalkdServer::start() {
  std::filesystem::remove(path());
  std::vector<char*> argv;
  for (std::string& argument : arguments_) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string clock = "LD_PRELOAD=" NARWHAL_STRICT_CLOCK;
  std::vector<char*> environment;
  if (clock_ == Clock::strict) environment.push_back(clock.data());
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(nullptr);
  if (::posix_spawnp(&pid_, argv.front(), nullptr, nullptr, argv.data(), environment.data()) != 0) {
    throw std::runtime_error("unable to start beanstalkd");
  }
  for (int i = 0; i < 2000; ++i) {
    if (dial(path()).valid()) return;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  throw std::runtime_error("beanstalkd does not listen");
}

void BeanstalkdServer::signal(int number) const { ::kill(pid_, number); }

std::string BeanstalkdServer::ask(const std::string& command) const {
  const UniqueFd socket = dial(path());
  return converse(socket.get(), command + "\r\n");
}

void BeanstalkdServer::put(const std::string& tube, const std::string& body, unsigned priority,
                           unsigned delay, unsigned ttr) const {
  const UniqueFd socket = dial(path());
  converse(socket.get(), "use " + tube + "\r\n");
  const std::string answer =
      converse(socket.get(), "put " + std::to_string(priority) + " " + std::to_string(delay) + " " +
                                 std::to_string(ttr) + " " + std::to_string(body.size()) + "\r\n" +
                                 body + "\r\n");
  if (answer.rfind("INSERTED", 0) != 0) throw std::runtime_error("put refused: " + answer);
}

long BeanstalkdServer::number(const std::string& command, const std::string& key) const {
  const std::string answer = ask(command);
  const std::size_t at = answer.find("\n" + key + ": ");
  return at == std::string::npos ? -1 : std::stol(answer.substr(at + key.size() + 3));
}

}  // namespace narwhal::test

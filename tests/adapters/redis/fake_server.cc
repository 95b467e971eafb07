#include "fake_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace narwhal::test {
namespace {

// One whole command from the front of `input`.
std::optional<FakeServer::Command> take_command(std::string& input) {
  std::size_t at = 0;
  const auto number = [&]() -> std::optional<std::size_t> {
    const std::size_t end = input.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    const std::size_t value = std::stoul(input.substr(at + 1, end - at - 1));
    at = end + 2;
    return value;
  };
  const auto count = number();
  if (!count) return std::nullopt;
  FakeServer::Command command;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto size = number();
    if (!size || input.size() < at + *size + 2) return std::nullopt;
    command.push_back(input.substr(at, *size));
    at += *size + 2;
  }
  input.erase(0, at);
  return command;
}

}  // namespace

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(fd.get(), 64) != 0) {
    throw std::runtime_error("unable to listen at " + path);
  }
  return fd;
}

FakeServer::FakeServer(Answer answer)
    : answer_(std::move(answer)), listener_(listen_at(path_)), thread_([this] { serve(); }) {}

FakeServer::~FakeServer() {
  stop_ = true;
  thread_.join();
}

void FakeServer::serve() {
  while (!stop_) {
    std::vector<pollfd> fds = {{listener_.get(), POLLIN, 0}};
    for (const auto& [fd, client] : clients_) fds.push_back({fd, POLLIN, 0});
    ::poll(fds.data(), fds.size(), 20);
    if ((fds[0].revents & POLLIN) != 0) {
      UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const int fd = client.get();
      clients_.emplace(fd, std::make_pair(std::move(client), std::string{}));
      ++connections_;
    }
    for (std::size_t i = 1; i < fds.size(); ++i) {
      if (fds[i].revents != 0 && !read_from(fds[i].fd)) clients_.erase(fds[i].fd);
    }
  }
}

bool FakeServer::read_from(int fd) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  std::string& input = clients_.at(fd).second;
  input.append(buffer.data(), static_cast<std::size_t>(count));
  while (auto command = take_command(input)) {
    ++commands_;
    const std::string answer = answer_(*command);
    ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  return true;
}

bool is_turn(const FakeServer::Command& command) {
  return command[0].starts_with("EVAL") && command.size() > 4 &&
         command[4].starts_with("narwhal:delayed:");
}

std::string ordinary_answer(const FakeServer::Command& command) {
  if (command[0] == "CLIENT" && command[1] == "ID") return ":1\r\n";
  if (command[0] == "INFO") return "$15\r\n\r\nrole:master\r\n\r\n";
  if (command[0] == "HKEYS") return "*0\r\n";
  if (command[0] == "BLMOVE") return "";  // waits for ever
  if (command[0] == "SUBSCRIBE") return "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n";
  if (is_turn(command)) return "*5\r\n*0\r\n$1\r\n-\r\n:0\r\n$0\r\n\r\n:1\r\n";
  if (command[0].starts_with("EVAL") && command[4].starts_with("narwhal:waits:")) return "*0\r\n";
  if (command[0].starts_with("EVAL")) return "*2\r\n:1\r\n:0\r\n";  // the heartbeat
  return "+OK\r\n";
}

}  // namespace narwhal::test

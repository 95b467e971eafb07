#include "scripted_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <stdexcept>

namespace narwhal::test {
namespace {

constexpr int kTick = 20;  // milliseconds until a stop is noticed

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_un address = address_of(path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 64) != 0) {
    throw std::runtime_error("unable to listen at " + path);
  }
  return socket;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script)
    : listener_(listen_at(path())), script_(std::move(script)), thread_([this] { serve(); }) {}

ScriptedServer::~ScriptedServer() {
  stop_ = true;
  thread_.join();
}

int ScriptedServer::count(const std::string& word) const {
  const std::lock_guard lock{mutex_};
  return static_cast<int>(
      std::count_if(commands_.begin(), commands_.end(),
                    [&word](const std::string& command) { return command.rfind(word, 0) == 0; }));
}

void ScriptedServer::serve() {
  std::list<Client> clients;
  while (!stop_) {
    std::vector<pollfd> set = {{listener_.get(), POLLIN, 0}};
    for (const Client& client : clients) set.push_back({client.socket.get(), POLLIN, 0});
    ::poll(set.data(), set.size(), kTick);
    auto client = clients.begin();
    for (std::size_t i = 1; i < set.size(); ++i) {
      const bool alive = set[i].revents == 0 || read(*client);
      client = alive ? std::next(client) : clients.erase(client);
    }
    if (set[0].revents == 0) continue;
    clients.push_back(
        {UniqueFd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)}, "", 0});
  }
}

// False when the connection is to be closed.
bool ScriptedServer::read(Client& client) {
  char bytes[65536];
  const ssize_t count = ::recv(client.socket.get(), bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  client.input.append(bytes, static_cast<std::size_t>(count));
  while (true) {
    const std::size_t skipped = std::min(client.body, client.input.size());
    client.input.erase(0, skipped);
    client.body -= skipped;
    const std::size_t end = client.input.find("\r\n");
    if (client.body > 0 || end == std::string::npos) return true;
    const std::string command = client.input.substr(0, end);
    client.input.erase(0, end + 2);
    if (command.rfind("put ", 0) == 0) {
      client.body = std::stoul(command.substr(command.rfind(' ') + 1)) + 2;
    }
    const std::string reply = answer(command);
    if (reply == "hang up") return false;
    (void)!::send(client.socket.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
  }
}

std::string ScriptedServer::answer(const std::string& command) {
  {
    const std::lock_guard lock{mutex_};
    commands_.push_back(command);
  }
  return script_(command);
}

std::string usual_answer(const std::string& command) {
  const auto is = [&command](const char* word) { return command.rfind(word, 0) == 0; };
  if (is("watch") || is("ignore")) return "WATCHING 1\r\n";
  if (is("use")) return "USING " + command.substr(4) + "\r\n";
  if (is("put")) return "INSERTED 100\r\n";
  if (is("delete")) return "DELETED\r\n";
  if (is("touch")) return "TOUCHED\r\n";
  if (is("release")) return "RELEASED\r\n";
  if (is("stats-job")) return "OK 34\r\n---\npri: 1\nttr: 60\nreserves: 1\nx: \r\n";
  if (is("stats-tube")) return "NOT_FOUND\r\n";
  if (is("stats")) return "OK 24\r\n---\nmax-job-size: 65535\n\r\n";
  if (is("reserve-with-timeout 0")) return "TIMED_OUT\r\n";
  return "";
}

}  // namespace narwhal::test

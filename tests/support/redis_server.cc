#include "redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "narwhal/unique_fd.h"

namespace narwhal::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{20};

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

redisReply* send(redisContext& context, const std::vector<std::string>& words) {
  std::vector<const char*> bytes;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    bytes.push_back(word.data());
    sizes.push_back(word.size());
  }
  return static_cast<redisReply*>(
      redisCommandArgv(&context, static_cast<int>(words.size()), bytes.data(), sizes.data()));
}

[[noreturn]] void become_server(const std::vector<std::string>& words, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

RedisServer::RedisServer(Settings settings, int port, Kind kind) : settings_(std::move(settings)) {
  if (kind == Kind::sentinel) {
    configure_sentinel(port);
  } else {
    settings_.insert(
        settings_.begin(),
        {"redis-server", "--port", std::to_string(port), "--unixsocket", socket_, "--dir",
         directory_.path().string(), "--save", "", "--daemonize", "no", "--protected-mode", "no"});
  }
  start();
}

// A sentinel keeps its state in its configuration file; `settings_` are lines of it.
void RedisServer::configure_sentinel(int port) {
  std::ofstream file(directory_.file("sentinel.conf"));
  file << "port " << port << "\nunixsocket " << socket_ << "\ndir " << directory_.path().string()
       << "\nprotected-mode no\nbind 127.0.0.1\n";
  for (const auto& line : settings_) file << line << '\n';
  settings_ = {"redis-server", directory_.file("sentinel.conf"), "--sentinel"};
}

RedisServer::~RedisServer() { kill(); }

void RedisServer::start() {
  ::unlink(socket_.c_str());
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("unable to fork");
  if (pid_ == 0) become_server(settings_, directory_.file("server.log"));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!answers()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("redis-server does not start; see " + file("server.log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

bool RedisServer::answers() {
  const Context context(redisConnectUnix(socket_.c_str()));
  if (context == nullptr || context->err != 0) return false;
  const Reply reply(send(*context, {"PING"}));
  if (reply == nullptr) return false;
  return std::string(reply->str).find("LOADING") == std::string::npos;
}

RedisServer::Reply RedisServer::call(const std::vector<std::string>& words) {
  const Context context(redisConnectUnix(socket_.c_str()));
  if (context == nullptr || context->err != 0) throw std::runtime_error("no redis-server");
  Reply reply(send(*context, words));
  if (reply == nullptr) throw std::runtime_error("no answer from redis-server");
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(reply->str);
  return reply;
}

std::string RedisServer::text(const std::vector<std::string>& words) {
  const Reply reply = call(words);
  return reply->str == nullptr ? std::string{} : std::string(reply->str, reply->len);
}

long long RedisServer::number(const std::vector<std::string>& words) {
  return call(words)->integer;
}

std::vector<std::string> RedisServer::list(const std::vector<std::string>& words) {
  const Reply reply = call(words);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < reply->elements; ++i) {
    values.emplace_back(reply->element[i]->str, reply->element[i]->len);
  }
  return values;
}

int unused_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace narwhal::test

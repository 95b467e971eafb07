#include "rabbitmq_server.h"

#include <amqp_tcp_socket.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "redis_server.h"

namespace narwhal::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{120};
constexpr const char* kScripts = "/usr/lib/rabbitmq/bin/";

UniqueFd connect_to(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fd.reset();
  }
  return fd;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

struct EndConnection {
  void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
};

// The guardian: ends a process group and epmd when the other end of `pipe` is closed.
[[noreturn]] void guard(int pipe, pid_t server, pid_t epmd) {
  ::setsid();
  char byte = 0;
  while (::read(pipe, &byte, 1) > 0) {
  }
  ::kill(-server, SIGKILL);
  ::kill(epmd, SIGKILL);
  ::_exit(0);
}

}  // namespace

HttpReply rabbitmq_http(int port, const std::string& method, const std::string& path,
                        const std::string& body) {
  const UniqueFd fd = connect_to(port);
  if (!fd.valid()) throw std::runtime_error("no HTTP interface of rabbitmq-server");
  // "guest:guest"
  const std::string request = method + " " + path +
                              " HTTP/1.0\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n"
                              "Content-Type: application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  const std::string answer = read_all(fd.get());
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos || answer.size() < 12) {
    throw std::runtime_error("no answer from rabbitmq-server: " + method + " " + path);
  }
  return {std::atoi(answer.c_str() + 9), answer.substr(end + 4)};
}

std::string url_encode(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(c) >> 4U];
      encoded += kDigits[static_cast<unsigned char>(c) & 15U];
    }
  }
  return encoded;
}

// --- RabbitmqServer

RabbitmqServer::RabbitmqServer(const Lines& lines, const std::string& advanced)
    : port_(unused_port()),
      http_port_(unused_port()),
      dist_port_(unused_port()),
      epmd_port_(unused_port()) {
  write_files(lines, advanced);
  start_epmd();
  start();
}

RabbitmqServer::~RabbitmqServer() {
  kill();
  ::kill(epmd_, SIGKILL);
  ::waitpid(epmd_, nullptr, 0);
}

void RabbitmqServer::write_files(const Lines& lines, const std::string& advanced) {
  std::ofstream(file("advanced.config")) << advanced << '\n';
  std::ofstream(file("plugins")) << "[rabbitmq_management].\n";
  std::ofstream(file("conf-env.conf")) << "\n";
  std::ofstream conf(file("rabbitmq.conf"));
  conf << "listeners.tcp.1 = 127.0.0.1:" << port_ << "\nmanagement.tcp.ip = 127.0.0.1\n"
       << "management.tcp.port = " << http_port_ << "\ndisk_free_limit.absolute = 1MB\n"
       << "vm_memory_high_watermark.absolute = 2GB\nlog.file.level = warning\n"
       << "collect_statistics_interval = 1000\n";
  for (const std::string& line : lines) conf << line << '\n';
}

std::vector<std::string> RabbitmqServer::environment() const {
  const char* path = std::getenv("PATH");
  return {std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path),
          "LANG=C.UTF-8",
          "HOME=" + directory_.path().string(),
          "RABBITMQ_NODENAME=narwhal" + std::to_string(port_) + "@localhost",
          "RABBITMQ_MNESIA_BASE=" + file("mnesia"),
          "RABBITMQ_LOG_BASE=" + file("log"),
          "RABBITMQ_LOGS=" + file("server.log"),
          "RABBITMQ_CONFIG_FILE=" + file("rabbitmq.conf"),
          "RABBITMQ_ADVANCED_CONFIG_FILE=" + file("advanced.config"),
          "RABBITMQ_ENABLED_PLUGINS_FILE=" + file("plugins"),
          "RABBITMQ_CONF_ENV_FILE=" + file("conf-env.conf"),
          "RABBITMQ_PID_FILE=" + file("pid"),
          "RABBITMQ_DIST_PORT=" + std::to_string(dist_port_),
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
          "ERL_CRASH_DUMP=" + file("crash.dump"),
          "ERL_EPMD_PORT=" + std::to_string(epmd_port_),
          "ERL_EPMD_ADDRESS=127.0.0.1"};
}

// In a process group of its own.
pid_t RabbitmqServer::spawn(const std::vector<std::string>& words) {
  const auto variables = environment();
  const std::string log = file("out.log");
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("unable to fork");
  if (pid > 0) {
    ::setpgid(pid, pid);
    return pid;
  }
  ::setpgid(0, 0);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (const auto& variable : variables) envp.push_back(const_cast<char*>(variable.c_str()));
  envp.push_back(nullptr);
  ::execvpe(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

void RabbitmqServer::start_epmd() {
  epmd_ = spawn({"epmd", "-port", std::to_string(epmd_port_), "-address", "127.0.0.1"});
}

void RabbitmqServer::start() {
  pid_ = spawn({std::string(kScripts) + "rabbitmq-server"});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("unable to make a pipe");
  guard_.reset(ends[1]);
  guardian_ = ::fork();
  if (guardian_ == 0) {
    guard_.reset();
    guard(ends[0], pid_, epmd_);
  }
  ::close(ends[0]);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!answers()) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended || std::chrono::steady_clock::now() > deadline) {
      std::ifstream log(file("out.log"));
      throw std::runtime_error("rabbitmq-server does not start: " +
                               std::string(std::istreambuf_iterator<char>(log), {}));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

bool RabbitmqServer::answers() const {
  // The last of its listeners to come up is the HTTP interface.
  if (!connect_to(port_).valid() || !connect_to(http_port_).valid()) return false;
  try {
    return rabbitmq_http(http_port_, "GET", "/api/vhosts").status == 200;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RabbitmqServer::kill() {
  if (pid_ <= 0) return;
  if (guardian_ > 0) {
    ::kill(guardian_, SIGKILL);
    ::waitpid(guardian_, nullptr, 0);
  }
  guard_.reset();
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = guardian_ = -1;
}

void RabbitmqServer::pause() { ::kill(-pid_, SIGSTOP); }

void RabbitmqServer::resume() { ::kill(-pid_, SIGCONT); }

void RabbitmqServer::control(const std::string& arguments) {
  std::string command = "env -i";
  for (const std::string& variable : environment()) command += " '" + variable + "'";
  command += " " + std::string(kScripts) + "rabbitmqctl " + arguments + " >>" + file("ctl.log") +
             " 2>&1 </dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("rabbitmqctl " + arguments);
}

// --- RabbitmqVhost

namespace {

// NARWHAL_RABBITMQ_ADDRESS: "port http_port", written by whoever started the shared server.
bool read_shared(int& port, int& http_port) {
  std::ifstream address(NARWHAL_RABBITMQ_ADDRESS);
  return static_cast<bool>(address >> port >> http_port) && connect_to(http_port).valid();
}

RabbitmqServer& server_of_process() {
  static RabbitmqServer server;
  return server;
}

std::string unused_vhost() {
  static std::atomic<int> count{0};
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

RabbitmqVhost::RabbitmqVhost() : name_(unused_vhost()) {
  if (!read_shared(port_, http_port_)) {
    port_ = server_of_process().port();
    http_port_ = server_of_process().http_port();
  }
  if (http("PUT", "/api/vhosts/" + name_).status / 100 != 2) {
    throw std::runtime_error("unable to make a virtual host");
  }
}

RabbitmqVhost::~RabbitmqVhost() {
  try {
    http("DELETE", "/api/vhosts/" + name_);
  } catch (const std::runtime_error&) {
    // The server is gone, and the virtual host with it.
  }
}

std::string RabbitmqVhost::url(int port) const {
  return "amqp://guest:guest@127.0.0.1:" + std::to_string(port) + "/" + name_;
}

std::string RabbitmqVhost::place(const std::string& kind, const std::string& queue) const {
  return "/api/" + kind + "/" + name_ + "/" + url_encode(queue);
}

void RabbitmqVhost::publish(const std::string& queue, const std::string& payload,
                            const amqp_basic_properties_t& properties) {
  const std::unique_ptr<amqp_connection_state_t_, EndConnection> state(amqp_new_connection());
  amqp_socket_t* socket = amqp_tcp_socket_new(state.get());
  if (amqp_socket_open(socket, "127.0.0.1", port_) != 0) throw std::runtime_error("no server");
  amqp_login(state.get(), name_.c_str(), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  amqp_channel_open(state.get(), 1);
  amqp_confirm_select(state.get(), 1);
  amqp_basic_publish(state.get(), 1, amqp_empty_bytes, amqp_cstring_bytes(queue.c_str()),
                     /*mandatory=*/1, 0, &properties,
                     {payload.size(), const_cast<char*>(payload.data())});
  amqp_frame_t answer{};
  const int code = amqp_simple_wait_frame(state.get(), &answer);
  if (code != 0 || answer.payload.method.id != AMQP_BASIC_ACK_METHOD) {
    throw std::runtime_error("unable to publish to " + queue);
  }
}

void RabbitmqVhost::declare(const std::string& queue, const std::string& json) {
  const HttpReply reply = http("PUT", place("queues", queue), json);
  if (reply.status / 100 != 2) throw std::runtime_error("unable to declare: " + reply.body);
}

void RabbitmqVhost::remove(const std::string& queue) { http("DELETE", place("queues", queue)); }

HttpReply RabbitmqVhost::queue(const std::string& name) {
  return http("GET", place("queues", name));
}

}  // namespace narwhal::test

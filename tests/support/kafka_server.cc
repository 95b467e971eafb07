#include "kafka_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "narwhal/unique_fd.h"
#include "redis_server.h"

namespace narwhal::test {
namespace {

constexpr auto kPatience = std::chrono::seconds{120};

bool is_listening(int port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

[[noreturn]] void become_server(const std::vector<std::string>& words, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::setenv("LD_PRELOAD", NARWHAL_NO_SYNC, 1);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

std::string end_of(const std::string& file) {
  std::ifstream log(file);
  const std::string text(std::istreambuf_iterator<char>(log), {});
  return text.substr(text.size() - std::min<std::size_t>(text.size(), 2000));
}

}  // namespace

KafkaServer::KafkaServer(const Lines& lines)
    : port_(unused_port()), controller_port_(unused_port()) {
  const std::string fetch = std::string(NARWHAL_KAFKA_FETCH) + " " + NARWHAL_KAFKA_DIRECTORY;
  if (std::system(fetch.c_str()) != 0) throw std::runtime_error("unable to fetch Kafka: " + fetch);
  std::filesystem::copy(std::string(NARWHAL_KAFKA_DIRECTORY) + "/storage", file("data"));
  write_files(lines);
  start();
}

KafkaServer::~KafkaServer() { kill(); }

void KafkaServer::write_files(const Lines& lines) const {
  const std::string broker = "127.0.0.1:" + std::to_string(port_);
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
  std::ofstream properties(file("server.properties"));
  properties << "process.roles=broker,controller\nnode.id=1\n"
             << "controller.quorum.voters=1@" << controller << "\ncontroller.listener.names=OWN\n"
             << "listeners=PLAINTEXT://" << broker << ",OWN://" << controller << '\n'
             << "advertised.listeners=PLAINTEXT://" << broker << '\n'
             << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,OWN:PLAINTEXT\n"
             << "log.dirs=" << file("data") << '\n'
             << "auto.create.topics.enable=false\n"
                // One node has no replicas.
                "offsets.topic.replication.factor=1\n"
                "transaction.state.log.replication.factor=1\n"
                "transaction.state.log.min.isr=1\n"
                // Short leases and no waiting for others to join.
                "group.min.session.timeout.ms=500\n"
                "group.initial.rebalance.delay.ms=0\n"
                // One that was killed comes back as soon as its old registration has run out.
                "broker.session.timeout.ms=2000\n"
                "broker.heartbeat.interval.ms=400\n"
                "message.max.bytes=80000000\n"
                // Small: topics come and go by the hundred.
                "offsets.topic.num.partitions=3\n"
                "transaction.state.log.num.partitions=1\n"
                "log.index.size.max.bytes=1048576\n"
                "log.cleaner.dedupe.buffer.size=4194304\n"
                "log.segment.delete.delay.ms=1000\n"
                "num.network.threads=2\n"
                "num.io.threads=4\n";
  for (const std::string& line : lines) properties << line << '\n';
}

void KafkaServer::start() {
  const std::string classes = std::string(NARWHAL_KAFKA_DIRECTORY) + "/jars/*";
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("unable to fork");
  if (pid_ == 0) {
    become_server({"java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                   "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                   "-Dorg.slf4j.simpleLogger.showDateTime=true", "-cp", classes, "kafka.Kafka",
                   file("server.properties")},
                  file("server.log"));
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_listening(port_)) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended || std::chrono::steady_clock::now() > deadline) {
      if (ended) pid_ = -1;
      throw std::runtime_error("Kafka does not start: " + end_of(file("server.log")));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

int shared_kafka_port() {
  int port = 0;
  std::ifstream address(NARWHAL_KAFKA_ADDRESS);
  if (address >> port && is_listening(port)) return port;
  static const KafkaServer server_of_process;
  return server_of_process.port();
}

}  // namespace narwhal::test

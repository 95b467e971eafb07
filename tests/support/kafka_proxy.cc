#include "kafka_proxy.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace narwhal::test {
namespace {

constexpr std::size_t kPrefix = 4;  // a frame begins with its size
// Those with the name of a server are small; the large ones hold messages.
constexpr std::size_t kLargestRead = std::size_t{1} << 20U;

std::string big_endian(int number) {
  const auto bits = static_cast<std::uint32_t>(number);
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(bits >> shift);
  return bytes;
}

std::size_t size_of(std::string_view prefix) {
  std::size_t size = 0;
  for (const char byte : prefix) size = size << 8U | static_cast<unsigned char>(byte);
  return size;
}

std::string server_at(int port) { return "127.0.0.1" + big_endian(port); }

// What a server answers over one line, frame by frame.
class Answers {
 public:
  Answers(int server_port, std::shared_ptr<std::atomic<int>> advertised)
      : named_(server_at(server_port)), advertised_(std::move(advertised)) {}

  std::string pass(std::string_view bytes) {
    held_ += bytes;
    std::string out;
    while (!held_.empty()) {
      if (passing_ == 0 && !begin_frame(out)) break;
      const std::size_t count = std::min(passing_, held_.size());
      out.append(held_, 0, count);
      held_.erase(0, count);
      passing_ -= count;
    }
    return out;
  }

 private:
  // False: more of it has to come. A small frame goes out changed, of a large one `passing_` bytes
  // are to go as they are.
  bool begin_frame(std::string& out) {
    if (held_.size() < kPrefix) return false;
    const std::size_t size = kPrefix + size_of(std::string_view(held_).substr(0, kPrefix));
    if (size > kLargestRead) {
      passing_ = size;
      return true;
    }
    if (held_.size() < size) return false;
    std::string frame = held_.substr(0, size);
    held_.erase(0, size);
    const std::string instead = server_at(*advertised_);
    for (std::size_t at = frame.find(named_); at != std::string::npos;
         at = frame.find(named_, at + instead.size())) {
      frame.replace(at, instead.size(), instead);
    }
    out += frame;
    return true;
  }

  const std::string named_;
  const std::shared_ptr<std::atomic<int>> advertised_;
  std::string held_;
  std::size_t passing_ = 0;
};

}  // namespace

KafkaProxy::KafkaProxy(int server_port)
    : TcpProxy(server_port), advertised_(std::make_shared<std::atomic<int>>(port())) {
  set_filter([server_port, advertised = advertised_] {
    return [answers = std::make_shared<Answers>(server_port, advertised)](std::string_view bytes) {
      return answers->pass(bytes);
    };
  });
}

}  // namespace narwhal::test

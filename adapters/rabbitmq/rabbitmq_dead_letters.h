// RabbitmqDeadLetters: the dead letters of each queue are messages of a queue beside it. They are
// looked through by getting one after the other; what is not acknowledged goes back to its old
// place at the end, also when this process is killed halfway.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "client.h"
#include "envelope.h"
#include "narwhal/broker.h"
#include "publisher.h"

namespace narwhal::rabbitmq {

class RabbitmqDeadLetters final : public DeadLetters, private ChannelUser {
 public:
  static Result<std::unique_ptr<DeadLetters>> open(const BrokerConfig& config);
  ~RabbitmqDeadLetters() override { client_.leave(); }

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  struct Letter {
    std::uint64_t tag = 0;
    std::string queue;
    std::string properties;
    std::string body;
    Envelope envelope;
  };
  // What is to become of a letter that was looked at.
  enum class Fate : std::uint8_t { keep, keep_and_stop, retry, remove };
  using Judge = std::function<Fate(Letter&)>;

  RabbitmqDeadLetters(Location location, std::shared_ptr<net::TlsContext> tls,
                      const BrokerConfig& config);

  [[nodiscard]] std::vector<std::string> queues_of(std::string_view queue) const;
  Result<void> connect();
  // Judges letter after letter; returns how many were retried or removed.
  Result<std::size_t> walk(std::string_view queue, const Judge& judge);
  Result<std::size_t> walk_queue(const std::string& queue, const Judge& judge, bool& stop);
  Result<std::size_t> act_on(const std::vector<std::string>& ids, Fate fate);
  Result<std::optional<Letter>> next(const std::string& queue);
  Result<void> put_back(const Letter& letter);
  Result<void> round_trip();
  static DeadLetter to_dead_letter(Letter& letter);

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content& content) override;
  Result<void> on_closed(int code, const std::string& text) override;

  Client client_;
  Publisher publisher_;
  Channel& channel_;
  std::vector<std::string> queues_;
  SystemClock clock_;
  Pool pool_;

  bool answered_ = false;  // whatever was asked over the channel
  std::optional<Content> got_;
  bool closed_ = false;  // the channel, by the server: no such queue
};

}  // namespace narwhal::rabbitmq

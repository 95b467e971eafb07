#include "bare_broker.h"

#include <hiredis/hiredis.h>

#include "adapter_rate.h"
#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/beanstalkd/client.h"
#include "adapters/redis/redis_type.h"
#include "tests/support/beanstalkd_server.h"
#include "tests/support/redis_server.h"

namespace narwhal::bench {
namespace {

class Redis : public BareBroker {
 public:
  [[nodiscard]] std::string url() const override { return server_.url(); }
  [[nodiscard]] pid_t server() const override { return server_.pid(); }
  [[nodiscard]] const BrokerType& type() const override { return redis_broker_type(); }

  [[nodiscard]] std::vector<BareLoop> loops() const override {
    return {{"RPOP", [this](std::size_t jobs) { pop(jobs); }},
            {"LMOVE + LREM", [this](std::size_t jobs) { move_and_remove(jobs); }}};
  }

  void serve(const std::function<void(std::string_view stored)>& job) const override {
    const Connection connection = connect();
    while (true) {
      const Reply moved =
          call(*connection, REDIS_REPLY_STRING, "BLMOVE queue:default in-hand RIGHT LEFT 0");
      job({moved->str, moved->len});
      call(*connection, REDIS_REPLY_INTEGER, "LREM in-hand 1 %b", moved->str, moved->len);
    }
  }

 private:
  using Connection = std::unique_ptr<redisContext, decltype(&redisFree)>;
  using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

  [[nodiscard]] Connection connect() const {
    Connection connection{redisConnectUnix(server_.socket().c_str()), &redisFree};
    if (connection == nullptr || connection->err != 0) fail("unable to connect to Redis");
    return connection;
  }

  template <typename... Arguments>
  static Reply call(redisContext& connection, int type, const char* format,
                    Arguments... arguments) {
    Reply reply{static_cast<redisReply*>(redisCommand(&connection, format, arguments...)),
                &freeReplyObject};
    if (reply == nullptr || reply->type != type) fail("Redis gave an answer that was not expected");
    return reply;
  }

  void pop(std::size_t jobs) const {
    const Connection connection = connect();
    for (; jobs > 0; --jobs) call(*connection, REDIS_REPLY_STRING, "RPOP queue:default");
  }

  void move_and_remove(std::size_t jobs) const {
    const Connection connection = connect();
    for (; jobs > 0; --jobs) {
      const Reply job =
          call(*connection, REDIS_REPLY_STRING, "LMOVE queue:default in-hand RIGHT LEFT");
      call(*connection, REDIS_REPLY_INTEGER, "LREM in-hand 1 %b", job->str, job->len);
    }
  }

  test::RedisServer server_{{"--save", ""}};
};

class Beanstalkd : public BareBroker {
 public:
  [[nodiscard]] std::string url() const override { return server_.url(); }
  [[nodiscard]] pid_t server() const override { return server_.pid(); }
  [[nodiscard]] const BrokerType& type() const override { return beanstalkd_broker_type(); }

  [[nodiscard]] std::vector<BareLoop> loops() const override {
    return {{"reserve + delete", [this](std::size_t jobs) { reserve_and_delete(jobs); }}};
  }

  void serve(const std::function<void(std::string_view stored)>& job) const override {
    auto client = connect();
    while (true) take_one(*client, job);
  }

 private:
  static constexpr int kLongestWait = 5;  // seconds

  [[nodiscard]] std::unique_ptr<beanstalkd::Client> connect() const {
    auto client = std::make_unique<beanstalkd::Client>(*beanstalkd::read_url(url()));
    if (auto connected = client->connect(); !connected.ok()) fail(connected.error().text());
    return client;
  }

  void reserve_and_delete(std::size_t jobs) const {
    auto client = connect();
    for (; jobs > 0; --jobs) take_one(*client, [](std::string_view) {});
  }

  static void take_one(beanstalkd::Client& client,
                       const std::function<void(std::string_view)>& run) {
    beanstalkd::append_reserve(client.out(), kLongestWait);
    auto job = client.expect(beanstalkd::ReplyKind::reserved, "reserve");
    if (!job.ok()) fail(job.error().text());
    run(job->body);
    beanstalkd::append_command(client.out(), "delete", job->id);
    auto deleted = client.expect(beanstalkd::ReplyKind::deleted, "delete");
    if (!deleted.ok()) fail(deleted.error().text());
  }

  test::BeanstalkdServer server_{
      test::BeanstalkdServer::Log::none, {}, test::BeanstalkdServer::Clock::plain};
};

}  // namespace

BrokerConfig BareBroker::config() const {
  BrokerConfig config;
  config.url = url();
  return config;
}

void BareBroker::fill(const std::string& payload, std::size_t count) const {
  bench::fill(type(), config(), payload, count);
}

std::unique_ptr<BareBroker> start_redis() { return std::make_unique<Redis>(); }
std::unique_ptr<BareBroker> start_beanstalkd() { return std::make_unique<Beanstalkd>(); }

}  // namespace narwhal::bench

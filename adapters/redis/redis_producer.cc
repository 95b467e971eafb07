#include "redis_producer.h"

#include "identity.h"
#include "narwhal/job_id.h"

namespace narwhal::redis {

RedisProducer::RedisProducer(std::unique_ptr<Client> client, std::size_t max_payload)
    : client_(std::move(client)),
      format_(make_format(client_->location())),
      max_payload_(max_payload),
      digits_(random_digits()) {}

Result<std::unique_ptr<Producer>> RedisProducer::open(const BrokerConfig& config) {
  auto client = Client::open(config);
  if (!client.ok()) return client.error();
  return std::unique_ptr<Producer>(new RedisProducer(std::move(*client), config.max_payload));
}

Result<std::string> RedisProducer::enqueue(const NewJob& job) {
  auto ids = enqueue_all({job});
  if (!ids.ok()) return ids.error();
  return std::move(ids->front());
}

Result<std::vector<std::string>> RedisProducer::enqueue_all(const std::vector<NewJob>& jobs) {
  std::vector<std::string> ids;
  Ops all;
  for (const auto& job : jobs) {
    auto ops = prepare(job, ids);
    if (!ops.ok()) return ops.error();
    for (auto& op : *ops) all.push_back(std::move(op));
  }
  if (all.empty()) return ids;
  if (auto stored = store(all); !stored.ok()) return stored.error();
  return ids;
}

Result<Ops> RedisProducer::prepare(const NewJob& job, std::vector<std::string>& ids) {
  if (auto fine = check_new_job(job, max_payload_); !fine.ok()) return fine.error();
  NewJob named = job;
  if (named.id.empty()) named.id = new_job_id();
  ids.push_back(named.id);
  return format_->publish(named, unique_name(digits_, next_++), SystemClock{}.wall_now());
}

Result<void> RedisProducer::store(const Ops& ops) {
  std::vector<Client::Words> commands;
  const bool transaction = ops.size() > 1;
  if (transaction) commands.push_back({"MULTI"});
  for (const auto& op : ops) commands.emplace_back(op.begin(), op.end());
  if (transaction) commands.push_back({"EXEC"});
  auto replies = client_->call_all(commands);
  if (!replies.ok()) return replies.error();
  for (const auto& reply : *replies) {
    if (is_error(*reply)) return reply_error("unable to enqueue", text(*reply));
  }
  for (const redisReply* each : elements(*replies->back())) {
    if (is_error(*each)) return reply_error("unable to enqueue", text(*each));
  }
  return {};
}

}  // namespace narwhal::redis

#include "kafka_producer.h"

#include "narwhal/job_id.h"
#include "new_job.h"

namespace narwhal::kafka {
namespace {

// So many are sent before their confirmations are waited for.
constexpr std::size_t kWindow = 4096;

}  // namespace

Result<std::unique_ptr<Producer>> KafkaProducer::open(const BrokerConfig& config) {
  auto location = locate(config);
  if (!location.ok()) return location.error();
  std::unique_ptr<KafkaProducer> producer(
      new KafkaProducer(std::move(*location), config.max_payload));
  if (auto opened = producer->client_.open(); !opened.ok()) return opened.error();
  if (auto reached = producer->client_.reach(); !reached.ok()) return reached.error();
  return std::unique_ptr<Producer>(std::move(producer));
}

Result<std::string> KafkaProducer::enqueue(const NewJob& job) {
  auto ids = enqueue_all({job});
  if (!ids.ok()) return ids.error();
  return std::move(ids->front());
}

Result<std::vector<std::string>> KafkaProducer::enqueue_all(const std::vector<NewJob>& jobs) {
  for (const NewJob& job : jobs) {
    auto fine = check_new_job(job, client_.location(), client_.max_payload());
    if (!fine.ok()) return fine.error();
  }
  if (auto opened = client_.open(); !opened.ok()) return opened.error();
  failed_ = {};
  unanswered_ = 0;
  std::vector<std::string> ids;
  for (const NewJob& job : jobs) {
    ids.push_back(job.id.empty() ? new_job_id() : job.id);
    publish(job, ids.back());
    const bool last = ids.size() == jobs.size();
    if (!last && unanswered_ < kWindow) continue;
    const std::size_t most = last ? 0 : kWindow / 2;
    auto done = client_.until([&] { return unanswered_ <= most || !failed_.ok(); });
    if (!done.ok()) return done.error();
    if (!failed_.ok()) break;
  }
  if (failed_.ok()) return ids;
  // What is still on its way is of no use to anybody.
  client_.close();
  return failed_.error();
}

void KafkaProducer::publish(const NewJob& job, const std::string& id) {
  Outgoing message = to_message(job, id, client_.location(), clock_.wall_now());
  Parcel parcel;
  parcel.queue = job.queue;
  parcel.topic = std::move(message.topic);
  parcel.key = std::move(message.key);
  parcel.headers = std::move(message.headers);
  parcel.payload = job.payload;
  parcel.done = [this](const Result<void>& stored) {
    --unanswered_;
    if (failed_.ok() && !stored.ok()) failed_ = stored;
  };
  ++unanswered_;
  client_.publish(std::move(parcel));
}

}  // namespace narwhal::kafka

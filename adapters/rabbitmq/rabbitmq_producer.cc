#include "rabbitmq_producer.h"

#include "narwhal/job_id.h"
#include "new_job.h"

namespace narwhal::rabbitmq {
namespace {

// So many are sent before their confirmations are waited for.
constexpr std::size_t kWindow = 256;

}  // namespace

RabbitmqProducer::RabbitmqProducer(Location location, std::shared_ptr<net::TlsContext> tls,
                                   std::size_t max_payload)
    : client_(std::move(location), std::move(tls)),
      publisher_(client_.connection(), client_.location().queues),
      max_payload_(max_payload) {}

Result<std::unique_ptr<Producer>> RabbitmqProducer::open(const BrokerConfig& config) {
  auto location = locate(config);
  if (!location.ok()) return location.error();
  auto tls = net::TlsContext::make(location->tls);
  if (!tls.ok()) return tls.error();
  std::unique_ptr<RabbitmqProducer> producer(
      new RabbitmqProducer(std::move(*location), std::move(*tls), config.max_payload));
  if (auto connected = producer->connect(); !connected.ok()) return connected.error();
  return std::unique_ptr<Producer>(std::move(producer));
}

Result<void> RabbitmqProducer::connect() {
  return client_.connect([this] { publisher_.lose("the connection was lost"); },
                         [this] { return publisher_.ready(); });
}

Result<std::string> RabbitmqProducer::enqueue(const NewJob& job) {
  auto ids = enqueue_all({job});
  if (!ids.ok()) return ids.error();
  return std::move(ids->front());
}

Result<std::vector<std::string>> RabbitmqProducer::enqueue_all(const std::vector<NewJob>& jobs) {
  for (const NewJob& job : jobs) {
    if (auto fine = check_new_job(job, max_payload_); !fine.ok()) return fine.error();
  }
  if (auto connected = connect(); !connected.ok()) return connected.error();
  failed_ = {};
  std::vector<std::string> ids;
  for (const NewJob& job : jobs) {
    ids.push_back(job.id.empty() ? new_job_id() : job.id);
    publish(job, ids.back());
    const std::size_t most = ids.size() == jobs.size() ? 0 : kWindow;
    const auto answered = [&] {
      publisher_.pump(client_.now());
      client_.wake_at(publisher_.wake_at());
      return unanswered_ <= most || !failed_.ok();
    };
    if (auto done = client_.until(answered); !done.ok()) {
      publisher_.lose("the connection was lost");
      return done.error();
    }
    if (!failed_.ok()) break;
  }
  if (failed_.ok()) return ids;
  // What is still on its way is of no use to anybody.
  client_.connection().close();
  publisher_.lose("given up");
  return failed_.error();
}

void RabbitmqProducer::publish(const NewJob& job, const std::string& id) {
  auto parcel = make_parcel(job, id, client_.location().queues, clock_.wall_now());
  ++unanswered_;
  parcel.done = [this](const Result<void>& result) {
    --unanswered_;
    if (failed_.ok() && !result.ok()) failed_ = result;
  };
  publisher_.publish(std::move(parcel));
}

}  // namespace narwhal::rabbitmq

#include "beanstalkd_producer.h"

#include "narwhal/job_id.h"
#include "new_job.h"

namespace narwhal::beanstalkd {
namespace {

// So much is sent before its replies are read. More could block both sides, each waiting for the
// other to read.
constexpr std::size_t kWindow = 32;
constexpr std::size_t kWindowBytes = std::size_t{64} * 1024;

}  // namespace

Result<std::unique_ptr<Producer>> BeanstalkdProducer::open(Place place, std::size_t max_payload,
                                                           std::uint32_t ttr) {
  std::unique_ptr<BeanstalkdProducer> producer(
      new BeanstalkdProducer(std::move(place), max_payload, ttr));
  if (auto connected = producer->client_.connect(); !connected.ok()) return connected.error();
  return std::unique_ptr<Producer>(std::move(producer));
}

Result<std::string> BeanstalkdProducer::enqueue(const NewJob& job) {
  auto ids = enqueue_all({job});
  if (!ids.ok()) return ids.error();
  return std::move(ids->front());
}

Result<std::vector<std::string>> BeanstalkdProducer::enqueue_all(const std::vector<NewJob>& jobs) {
  auto ids = put_all(jobs);
  // Replies still to come are of no use to anybody.
  if (!ids.ok() && pending_ > 0) client_.close();
  pending_ = 0;
  return ids;
}

Result<std::vector<std::string>> BeanstalkdProducer::put_all(const std::vector<NewJob>& jobs) {
  if (auto connected = client_.connect(); !connected.ok()) return connected.error();
  const PutLimits limits{max_payload_, client_.max_job_size()};
  for (const NewJob& job : jobs) {
    if (auto good = check_new_job(job, limits); !good.ok()) return good.error();
  }
  std::vector<std::string> ids;
  for (const NewJob& job : jobs) {
    if (!client_.uses(job.queue)) {
      if (auto read = read_pending(); !read.ok()) return read.error();
      if (auto used = client_.use(job.queue); !used.ok()) return used.error();
    }
    ids.push_back(job.id.empty() ? new_job_id() : job.id);
    const Put put = make_put(job, ids.back(), ttr_, clock_.wall_now());
    append_put(client_.out(), put.options, put.head, job.payload);
    if (++pending_ < kWindow && client_.out().size() < kWindowBytes) continue;
    if (auto read = read_pending(); !read.ok()) return read.error();
  }
  if (auto read = read_pending(); !read.ok()) return read.error();
  return ids;
}

Result<void> BeanstalkdProducer::read_pending() {
  for (; pending_ > 0; --pending_) {
    auto reply = client_.expect(ReplyKind::inserted, "enqueue job");
    if (!reply.ok()) return reply.error();
  }
  return {};
}

}  // namespace narwhal::beanstalkd

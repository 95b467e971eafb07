// BeanstalkdProducer: puts jobs from any process, each confirmed by the server's INSERTED.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client.h"
#include "narwhal/producer.h"
#include "new_job.h"

namespace narwhal::beanstalkd {

class BeanstalkdProducer final : public Producer {
 public:
  // Connects, so that a wrong address is known at once.
  static Result<std::unique_ptr<Producer>> open(Place place, std::size_t max_payload,
                                                std::uint32_t ttr);

  Result<std::string> enqueue(const NewJob& job) override;
  // In order, up to the first that is refused. Those too large are found before any is stored.
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override;
  [[nodiscard]] std::size_t server_max_payload() const override {
    return room_for_payload(client_.max_job_size());
  }

 private:
  BeanstalkdProducer(Place place, std::size_t max_payload, std::uint32_t ttr)
      : client_(std::move(place)), max_payload_(max_payload), ttr_(ttr) {}

  Result<std::vector<std::string>> put_all(const std::vector<NewJob>& jobs);
  Result<void> read_pending();

  Client client_;
  const std::size_t max_payload_;
  const std::uint32_t ttr_;
  SystemClock clock_;
  std::size_t pending_ = 0;  // puts whose replies are still to come
};

}  // namespace narwhal::beanstalkd

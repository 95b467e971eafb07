#include "sealing.h"

namespace narwhal::beanstalkd {

std::optional<std::string> seal_within(Envelope envelope, std::size_t payload_size,
                                       std::size_t max_job_size) {
  if (payload_size > max_job_size) return std::nullopt;
  const std::size_t room = max_job_size - payload_size;
  std::string head = seal(envelope);
  if (head.size() > room) {
    envelope.history.clear();
    head = seal(envelope);
  }
  if (head.size() > room) {
    envelope.reason.clear();
    head = seal(envelope);
  }
  if (head.size() > room) return std::nullopt;
  return head;
}

}  // namespace narwhal::beanstalkd

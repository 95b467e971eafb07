#include "format.h"

#include <array>
#include <charconv>

#include "narwhal_format.h"
#include "resque_format.h"
#include "sidekiq_format.h"

namespace narwhal::redis {

std::string unique_name(std::string_view random_digits, std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
  std::string name(random_digits);
  name.append(static_cast<std::size_t>(digits.end() - end), '0');
  name.append(digits.begin(), end);
  return name;
}

std::string id_of_unnamed(std::string_view unique) {
  std::string id(unique.substr(0, 16));
  const std::string_view number = unique.substr(16);
  id += '-';
  id += number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
  return id;
}

Ops Format::settle(const Origin& origin, const Delivery& job, const Verdict& verdict,
                   WallTime now) const {
  switch (verdict.action) {
    case Verdict::Action::ack:
      return {};
    case Verdict::Action::retry:
      return retry(origin, job, verdict, now);
    case Verdict::Action::release:
      return release(origin, job);
    case Verdict::Action::bury:
      return bury(origin, job, verdict, now);
  }
  return {};
}

Result<void> check_new_job(const NewJob& job, std::size_t max_payload) {
  const auto refused = [](ErrorKind kind, std::string reason) {
    return Error{kind, "unable to enqueue", std::move(reason)};
  };
  if (job.queue.empty() || job.queue.size() > kLongestQueueName) {
    return refused(ErrorKind::invalid, "a queue's name has 1 to 255 bytes");
  }
  if (job.id.size() > kLongestId) {
    return refused(ErrorKind::invalid, "a job's id has at most 255 bytes");
  }
  const std::size_t most = std::min(max_payload, kLargestPayload);
  if (job.payload.size() > most) {
    return refused(ErrorKind::too_large, "the payload has " + std::to_string(job.payload.size()) +
                                             " bytes, over the limit of " + std::to_string(most));
  }
  return {};
}

std::unique_ptr<Format> make_format(const Location& location) {
  Keys keys(location.prefix);
  switch (location.format) {
    case FormatKind::sidekiq:
      return std::make_unique<SidekiqFormat>(std::move(keys));
    case FormatKind::resque:
      return std::make_unique<ResqueFormat>(std::move(keys));
    case FormatKind::narwhal:
      break;
  }
  return std::make_unique<NarwhalFormat>(std::move(keys));
}

}  // namespace narwhal::redis

#include "master/publishing.h"

#include "narwhal/job_id.h"

namespace narwhal {

std::vector<PublishToken> Publishing::begin(std::uint64_t spawn, const Enqueue& request) {
  const std::uint64_t number = ++requests_;
  open_[number] = {{spawn, request.token, {}}, request.jobs.size()};
  std::vector<PublishToken> tokens;
  for (std::size_t i = 0; i < request.jobs.size(); ++i) {
    tokens.push_back(++tokens_);
    request_of_[tokens_] = number;
  }
  return tokens;
}

std::optional<Publishing::Answer> Publishing::confirm(const BrokerEvents::Published& published) {
  const auto request = request_of_.find(published.token);
  if (request == request_of_.end()) return std::nullopt;
  const std::uint64_t number = request->second;
  request_of_.erase(request);
  Request& open = open_[number];
  if (!published.result && open.answer.error.empty()) {
    open.answer.error = published.result.error().text();
  }
  if (--open.missing > 0) return std::nullopt;
  Answer answer = std::move(open.answer);
  open_.erase(number);
  return answer;
}

NewJob to_new_job(const NewJobMessage& message) {
  NewJob job;
  job.id = message.id.empty() ? new_job_id() : std::string{message.id};
  if (!message.queue.empty()) job.queue = message.queue;
  job.payload = message.payload;
  job.priority = message.priority;
  if (message.run_at >= 0) job.run_at = from_unix_micros(message.run_at);
  return job;
}

}  // namespace narwhal

// Publishing: jobs enqueued from inside jobs. Each request from a worker may hold several jobs; the
// worker is answered once, when the brokers have confirmed them all or one was refused.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "narwhal/broker.h"
#include "wire/message.h"

namespace narwhal {

class Publishing {
 public:
  struct Answer {
    std::uint64_t spawn;  // names the worker process, which may be gone by now
    std::uint64_t token;  // the worker's own
    std::string error;    // empty: every job is stored
  };

  // Begins a request of `count` jobs and returns the token for each of them to publish() with.
  std::vector<PublishToken> begin(std::uint64_t spawn, const Enqueue& request);

  // Takes in one confirmation; the answer when it was the last of its request.
  std::optional<Answer> confirm(const BrokerEvents::Published& published);

 private:
  struct Request {
    Answer answer;
    std::size_t missing;
  };

  std::uint64_t requests_ = 0;
  PublishToken tokens_ = 0;
  std::unordered_map<std::uint64_t, Request> open_;
  std::unordered_map<PublishToken, std::uint64_t> request_of_;
};

// The job as a broker takes it. An id is made where none was given.
NewJob to_new_job(const NewJobMessage& message);

}  // namespace narwhal

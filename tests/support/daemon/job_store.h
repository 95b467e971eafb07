// JobStore: the queues of a test, seen from a producer and from an operator, on whatever broker.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/broker.h"
#include "narwhal/producer.h"

namespace narwhal::test {

// The payload of a job of a class, in ActiveJob's form. `arguments`: a JSON array.
std::string class_payload(std::string_view job_class, std::string_view arguments,
                          std::string_view id = "", std::string_view queue = "default");

class JobStore {
 public:
  JobStore(const BrokerType& type, BrokerConfig config) : type_(type), config_(std::move(config)) {}
  JobStore(const JobStore&) = delete;
  JobStore& operator=(const JobStore&) = delete;
  virtual ~JobStore() = default;

  // Each returns the job's id; a test ends at once when the broker refuses.
  std::string add(std::string_view job_class, std::string_view arguments = "[]",
                  const std::string& queue = "default");
  std::string add_payload(std::string payload, const std::string& queue = "default");
  std::string add(NewJob job);
  std::vector<std::string> add_many(int count, std::string_view job_class,
                                    std::string_view arguments);

  // Jobs that are not dead: waiting, delayed or in a worker's hand.
  virtual int live() = 0;
  bool empty() { return live() == 0; }
  // In full, oldest first.
  std::vector<DeadLetter> dead();
  // Its id is empty when there is none.
  DeadLetter dead_letter(const std::string& id);

 protected:
  Producer& producer();

 private:
  const BrokerType& type_;
  const BrokerConfig config_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace narwhal::test

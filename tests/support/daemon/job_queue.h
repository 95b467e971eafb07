// JobQueue: the SQLite queue of a test, seen from a producer and from an operator.
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

class JobQueue {
 public:
  explicit JobQueue(std::string file) : file_(std::move(file)) {}

  // Each returns the job's id; a test ends at once when the queue refuses.
  std::string add(std::string_view job_class, std::string_view arguments = "[]",
                  const std::string& queue = "default");
  std::string add_payload(std::string payload, const std::string& queue = "default");
  std::string add(NewJob job);
  std::vector<std::string> add_many(int count, std::string_view job_class,
                                    std::string_view arguments);

  // Jobs that are not dead: waiting, delayed or in a worker's hand.
  int live() { return number("SELECT count(*) FROM jobs WHERE state <> 3"); }
  int waiting() { return number("SELECT count(*) FROM jobs WHERE state = 0"); }
  bool empty() { return live() == 0; }
  std::vector<DeadLetter> dead();

  // For what only a hand on the file can do.
  void execute(const std::string& sql);
  int number(const std::string& sql);
  std::string text(const std::string& sql);

 private:
  Producer& producer();

  std::string file_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace narwhal::test

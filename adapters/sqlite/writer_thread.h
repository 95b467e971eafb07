// WriterThread: the master's helper for what must wait for the disk: storing jobs for good,
// checkpoints of the log, counting. Has a connection of its own; started by the first request, so
// an adapter that needs none of this has no thread. Made, asked and stopped by the master's thread;
// answers stand ready when fd() is readable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "database.h"
#include "file_id.h"
#include "location.h"
#include "narwhal/broker.h"
#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {

class WriterThread {
 public:
  explicit WriterThread(Location location) : location_(std::move(location)) {}
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;
  // Gives up waiting for locks; what was not committed by then is not stored.
  ~WriterThread();

  struct Publish {
    PublishToken token = 0;
    std::string id;
    NewJob job;
    WallTime now{};
  };
  struct Answers {
    std::vector<BrokerEvents::Published> published;
    std::vector<QueueDepth> depths;
    std::vector<std::string> complaints;
    bool checkpointed = false;
  };

  // Each fails only when the thread cannot be started.
  Result<void> publish(Publish request);
  Result<void> checkpoint();
  Result<void> count(std::vector<std::string> queues, WallTime now);

  // -1 while there is no thread.
  [[nodiscard]] int fd() const { return ready_.get(); }
  Answers take();

 private:
  struct CountRequest {
    std::vector<std::string> queues;
    WallTime now{};
  };
  struct Requests {
    std::vector<Publish> publishes;
    bool checkpoint = false;
    std::optional<CountRequest> count;

    [[nodiscard]] bool empty() const { return publishes.empty() && !checkpoint && !count; }
  };

  Result<void> start();
  template <typename Change>
  Result<void> ask(Change change);

  // Below: the thread's side.
  void run();
  void serve(Requests requests);
  Result<void> open();
  void store(const std::vector<Publish>& publishes, Answers& answers);
  Result<void> store_all(const std::vector<Publish>& publishes);
  Result<void> write_back();
  void answer(Answers answers);
  static int wait_for_lock(void* self, int tries);

  Location location_;
  UniqueFd ready_;  // eventfd
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // guards the two below
  Requests requests_;
  Answers answers_;
  std::condition_variable asked_;

  // The thread's alone.
  std::optional<Database> database_;
  std::optional<FileId> file_;
  int lock_tries_ = 0;
};

}  // namespace narwhal::sqlite

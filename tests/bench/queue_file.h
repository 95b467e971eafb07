// QueueFile: an SQLite queue of its own in a temporary folder, filled through the adapter's
// producer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/sqlite_type.h"
#include "check.h"
#include "narwhal/broker.h"
#include "tests/support/temp_dir.h"

namespace narwhal::bench {

class QueueFile {
 public:
  QueueFile() {
    BrokerConfig config;
    config.url = url();
    auto opened = sqlite_broker_type().open_producer(config);
    check(opened.ok(), "open the producer");
    producer_ = std::move(*opened);
  }

  [[nodiscard]] std::string path() const { return directory_.file("queue.db"); }
  [[nodiscard]] std::string url() const { return "sqlite:" + path(); }

  void enqueue(const std::string& payload) {
    NewJob job;
    job.payload = payload;
    check(producer_->enqueue(job).ok(), "enqueue");
  }
  // Stored in transactions of at most a thousand, as `narwhal enqueue --bulk` does.
  void enqueue_bulk(const std::string& payload, std::size_t count) {
    NewJob job;
    job.payload = payload;
    constexpr std::size_t kTogether = 1000;
    for (std::size_t left = count; left > 0;) {
      const std::size_t now = left < kTogether ? left : kTogether;
      check(producer_->enqueue_all(std::vector<NewJob>(now, job)).ok(), "enqueue in bulk");
      left -= now;
    }
  }

 private:
  test::TempDir directory_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace narwhal::bench

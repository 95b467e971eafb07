// MemoryBroker: an adapter without a broker, for benchmarks and for tests of the master. It keeps
// jobs in memory, costs next to nothing, and keeps no promise across processes.
//
// URLs: "memory:" is an empty queue; "memory:?jobs=1000&size=300" holds 1000 jobs of 300 bytes for
// the first queue; "jobs=endless" never runs dry; "payload=FILE" gives each job that file's
// content. Registered by test and benchmark binaries only.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal::test {

class MemoryBroker final : public Broker {
 public:
  struct Source {
    std::uint64_t jobs = 0;
    bool endless = false;
    std::size_t size = 300;
    std::string payload;  // not empty: what each job carries, in place of `size` bytes
  };

  MemoryBroker(const BrokerConfig& config, const BrokerContext& context, Source source);

  Result<void> connect(TimePoint now) override;
  void disconnect() override { connected_ = false; }
  [[nodiscard]] bool serving() const override { return connected_; }
  void watch(PollSet&) const override {}
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override { return published_.size(); }
  void set_fetching(bool fetching) override {
    fetching_ = fetching;
    if (!fetching) want_ = 0;
  }
  void set_capacity(int) override {}
  void request_depths() override { depths_wanted_ = true; }
  void wall_clock_changed() override {}

  // For tests: what has become of the jobs.
  [[nodiscard]] std::uint64_t acked() const { return acked_; }
  [[nodiscard]] const std::vector<DeadLetter>& dead() const { return dead_; }
  [[nodiscard]] std::size_t in_hand() const { return in_hand_; }

 private:
  using Ready = std::map<std::int32_t, std::deque<Delivery>>;  // by priority

  bool take(Delivery& job);
  void put(Delivery job, bool front);
  void promote(WallTime now);
  void report_depths(BrokerEvents& events);

  const Clock& clock_;
  std::vector<std::string> queues_;
  Source source_;
  std::string payload_;
  std::string first_id_;
  std::unordered_map<std::string, Ready> ready_;
  std::multimap<WallTime, Delivery> delayed_;
  std::vector<DeadLetter> dead_;
  std::vector<BrokerEvents::Published> published_;
  std::size_t in_hand_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t acked_ = 0;
  Reservation next_ = 1;
  int want_ = 0;
  bool connected_ = false;
  bool fetching_ = true;
  bool depths_wanted_ = false;
};

const BrokerType& memory_broker_type();

}  // namespace narwhal::test

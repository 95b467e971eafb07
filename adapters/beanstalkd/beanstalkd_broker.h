// BeanstalkdBroker: the master's side of a beanstalkd server: a desk and as many slots as jobs are
// in hand or wanted. Here it is decided how many reserves are outstanding and on which connections;
// what a connection says is the Slot's and the Desk's business.
#pragma once

#include <memory>
#include <vector>

#include "adapters/net/resolver.h"
#include "address.h"
#include "desk.h"
#include "narwhal/broker.h"
#include "session.h"
#include "slot.h"

namespace narwhal::beanstalkd {

// What else a master watches: its mold, signals, other brokers and the like.
inline constexpr int kOtherDescriptors = 74;
// Each worker needs a descriptor for itself and one for its connection, below select()'s limit.
inline int most_workers() { return (FD_SETSIZE - kOtherDescriptors) / 2; }

class BeanstalkdBroker final : public Broker {
 public:
  BeanstalkdBroker(Place place, const BrokerConfig& config, const BrokerContext& context,
                   std::uint32_t ttr);

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override { return desk_.ready(); }
  void watch(PollSet& set) const override;
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override;
  // What is outstanding when fetching stops is left to come in: closing the connection could not
  // tell whether a job had already been sent over it.
  void set_fetching(bool fetching) override { fetching_ = fetching; }
  void set_capacity(int jobs) override { capacity_ = jobs; }
  void request_depths() override { desk_.request_depths(); }
  // Delays are the server's affair.
  void wall_clock_changed() override {}

 private:
  Result<void> open_desk();
  Result<void> serve_desk(const PollSet& ready);
  Result<void> serve_slots(const PollSet& ready);
  Result<void> serve_slot(std::uint32_t index, bool readable, bool writable);
  Result<void> run_timers();
  Result<void> slot_failed(std::uint32_t index, const Error& error);
  void note(std::uint32_t index);
  Result<void> fetch(int want);
  [[nodiscard]] std::size_t most_slots() const;
  Slot* take_free();
  Result<Slot*> open_slot();
  void close_surplus();
  Result<void> write_dirty();
  void hand_out(BrokerEvents& events);

  const Place place_;
  Session session_;
  net::Resolver resolver_;
  Desk desk_;
  bool connected_ = false;  // a session was started and not dropped
  int capacity_;
  bool fetching_ = true;

  // By index; a reservation names the index. Beside it, what select() needs, close together.
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<int> descriptors_;     // -1: closed
  std::vector<std::uint32_t> free_;  // may be out of date; the phase decides
  std::vector<bool> listed_;         // is it in free_?
  std::vector<std::uint32_t> closed_;
  std::vector<std::uint32_t> blocked_;  // with output that the socket did not take
  std::vector<std::uint32_t> writing_;  // the turn's dirty slots; kept for its memory
  bool out_of_descriptors_ = false;     // no further slot in this session
  TimePoint slot_timer_ = kNever;       // no slot's timer is earlier
  TimePoint open_at_ = kNever;          // the server's backlog was full
  TimePoint surplus_at_ = kNever;       // when more slots than the capacity are too many
};

}  // namespace narwhal::beanstalkd

// Broker: one adapter's session with one broker, as the master's select() loop sees it.
//
// A Broker object lives as long as the master; sessions come and go. connect() starts one;
// when step() or flush() returns an Error the session is lost, the master calls disconnect(), waits
// (back-off lives in the master, once) and calls connect() again. What must outlive a session
// (identity, acks whose confirmation is missing, reservations that stay valid) is kept in the
// object.
//
// Every call returns at once: no adapter may block on the network, on a lock or on the disk beyond
// what its README states. All calls come from the master's one thread.
//
// Rules an adapter keeps (checked by tests/contract):
//  - A reservation stays leased until it is settled: the adapter renews leases by itself, woken by
//    wake_at(), also while `want` is 0 and while draining.
//  - The broker's copy of a job goes only when its Verdict says so, and a retry or bury is stored
//    before the original is given up.
//  - The payload comes back byte for byte.
//  - A delivery whose lease is gone is reported in BrokerEvents::lost; settling it later changes
//    nothing in the broker.
//  - Orphans (jobs in hand of a master that died) are taken up again with crashes + 1 and a record
//    of it in their history (orphan_run.h), at once where the adapter can prove the death, else
//    within 2 x lease.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/config.h"
#include "narwhal/delivery.h"
#include "narwhal/poll_set.h"
#include "narwhal/producer.h"
#include "narwhal/result.h"

namespace narwhal {

// The caller's name for one publish(); comes back in BrokerEvents::published.
using PublishToken = std::uint64_t;

struct QueueDepth {
  std::string queue;
  std::uint64_t ready = 0;
  std::uint64_t delayed = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t dead = 0;
  Duration oldest_ready_age{0};
};

// What a step brought. The master empties it after applying.
struct BrokerEvents {
  struct Published {
    PublishToken token;
    Result<void> result;
  };
  struct Lost {
    Reservation reservation;
    std::string reason;
  };
  // A job that can never run here (a column of the wrong kind, a payload over the limit): the
  // adapter has made it a dead letter itself, without handing it out.
  struct SetAside {
    std::string job;
    std::string queue;
    std::string reason;
  };
  enum class Level : std::uint8_t { info, warning };
  // Values have keys, as in every line of the log: job, queue, jobs, error and the like.
  struct NoticeField {
    std::string_view key;  // a literal
    std::variant<std::string, std::int64_t> value;
  };
  struct Notice {
    Level level;
    std::string text;
    std::vector<NoticeField> fields = {};
  };

  std::vector<Delivery> deliveries;  // in the order in which they should run
  std::vector<Published> published;  // stored for good (as durable as the broker can), or refused
  std::vector<Lost> lost;            // lease gone: somebody else may run it
  std::vector<SetAside> set_aside;   // dead already; for the log and the totals
  std::vector<Notice> notices;       // for the log
  std::vector<QueueDepth> depths;    // the answer to request_depths(); one entry per served queue

  void clear() {
    deliveries.clear();
    published.clear();
    lost.clear();
    set_aside.clear();
    notices.clear();
    depths.clear();
  }
};

class Broker {
 public:
  Broker() = default;
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  virtual ~Broker() = default;

  // Starts a session. An Error is a failed try, like one from step(). May return before the session
  // is up: step() carries on, and serving() turns true once jobs can flow.
  virtual Result<void> connect(TimePoint now) = 0;

  // Drops the session at once, without farewell. Reservations that the broker takes back by that
  // are reported as lost by the next step().
  virtual void disconnect() = 0;

  [[nodiscard]] virtual bool serving() const = 0;

  // The descriptors to select() on. A descriptor must have passed check_selectable().
  virtual void watch(PollSet& set) const = 0;

  // Call step() by then even if every descriptor stays silent. kNever: no timer.
  [[nodiscard]] virtual TimePoint wake_at() const = 0;

  // Broker input. Moves what has arrived into `events`. Called at least when a watched descriptor
  // is ready, at wake_at(), and in every turn in which something was settled or `want` changed.
  // `want`: how many more jobs the master can take in hand now; at most that many deliveries may
  // come out of this step and the fetches it leaves outstanding. 0: fetch nothing, keep the rest
  // going.
  virtual Result<void> step(const PollSet& ready, TimePoint now, int want,
                            BrokerEvents& events) = 0;

  // Broker output, after hand-over: sends what was settled and published in this turn, with the
  // next fetch for `want` more jobs where that fits in the same write.
  virtual Result<void> flush(TimePoint now, int want) = 0;

  // Queues the verdict; it leaves with the next step() or flush(). The delivery comes back to the
  // adapter whole, since many brokers need its payload to store a retry.
  virtual void settle(Delivery job, Verdict verdict) = 0;

  // Stores a new job as durably as the broker can; the outcome comes in BrokerEvents::published.
  virtual void publish(PublishToken token, NewJob job) = 0;

  // How many verdicts and publishes are not yet confirmed by the broker. The master stops when 0.
  [[nodiscard]] virtual std::size_t unconfirmed() const = 0;

  // Stop (false) or resume (true) fetching; while stopped, deliveries that were already on their
  // way still come out of step() and the master releases them. Brokers that push (RabbitMQ) or hold
  // a reserve open (Beanstalkd) need to be told; for the others `want` = 0 says it all.
  virtual void set_fetching(bool fetching) = 0;

  // The number of jobs the master may hold in all has changed (worker count); a prefetch follows
  // it.
  virtual void set_capacity(int jobs) = 0;

  // Asks for BrokerEvents::depths; answered by a later step().
  virtual void request_depths() = 0;

  // A clock jump happened: due times must be looked at afresh.
  virtual void wall_clock_changed() = 0;
};

// A dead letter, as `narwhal dead` shows it.
struct DeadLetter {
  std::string id;
  std::string queue;
  std::string payload;
  std::int32_t priority = kDefaultPriority;
  Counters counters;
  WallTime enqueued_at{};
  WallTime died_at{};
  std::string reason;
  std::string history;
};

// Dead letters for the one-shot commands; calls block.
class DeadLetters {
 public:
  DeadLetters() = default;
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;
  virtual ~DeadLetters() = default;

  // Oldest first. An empty `queue` means every queue.
  virtual Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) = 0;
  // ErrorKind::not_found when there is none of that id.
  virtual Result<DeadLetter> find(std::string_view id) = 0;
  // Back to its queue with counters at zero, payload untouched. Both return how many they touched.
  virtual Result<std::size_t> retry(const std::vector<std::string>& ids) = 0;
  virtual Result<std::size_t> retry_all(std::string_view queue) = 0;
  virtual Result<std::size_t> remove(const std::vector<std::string>& ids) = 0;
  virtual Result<std::size_t> remove_all(std::string_view queue) = 0;
};

// What the master tells an adapter when it makes its Broker.
struct BrokerContext {
  std::string name;              // the instance's stable name; not unique by itself
  int capacity = 1;              // most jobs the master holds at once
  Duration lease{};              // [lease] duration
  std::size_t max_payload = 0;   // bytes
  const Clock* clock = nullptr;  // outlives the Broker
};

// What an adapter finds wrong with a [[broker]] table.
struct BrokerMistake {
  std::string text;         // what is wrong, and what to write instead
  std::string key = "url";  // where: "url", "queues", or "options.NAME"
};

// One adapter's registration: an adapter is a folder, and one of these, which adapters/registry.cc
// lists.
struct BrokerType {
  std::string_view name;                  // "sqlite"
  std::vector<std::string_view> schemes;  // URL schemes without the colon: "sqlite"

  // What the adapter supplies; checked at start-up against the configuration.
  struct Capabilities {
    bool priority = false;           // a job's own priority orders jobs within a queue
    bool weights = false;            // queues by weight
    std::size_t max_payload = 0;     // the broker's own limit in bytes; 0: none below Narwhal's
    int connections_per_worker = 0;  // descriptors that grow with the workers, besides their own
  };
  Capabilities capabilities;

  // Says what is wrong with the URL, queues or options, without connecting; empty when nothing is.
  std::function<std::vector<BrokerMistake>(const BrokerConfig&)> validate;
  std::function<Result<std::unique_ptr<Broker>>(const BrokerConfig&, const BrokerContext&)> open;
  std::function<Result<std::unique_ptr<Producer>>(const BrokerConfig&)> open_producer;
  std::function<Result<std::unique_ptr<DeadLetters>>(const BrokerConfig&)> open_dead_letters;
};

}  // namespace narwhal

#include "adapter_rate.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "process_usage.h"

namespace narwhal::bench {

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

AdapterRate measure_rate(const std::function<std::vector<pid_t>()>& server, std::size_t jobs,
                         const std::function<void()>& work) {
  const SystemClock clock;
  const TimePoint begin = clock.now();
  const double own = cpu_seconds(::getpid());
  const double servers = cpu_seconds(server());
  work();
  const double client = cpu_seconds(::getpid()) - own;
  const double serving = cpu_seconds(server()) - servers;
  const double seconds = std::chrono::duration<double>(clock.now() - begin).count();
  const auto count = static_cast<double>(jobs);
  return {count / seconds, count / (client + serving), client * 1e6 / count, serving * 1e6 / count};
}

void fill(const BrokerType& type, const BrokerConfig& config, const std::string& payload,
          std::size_t count) {
  auto producer = type.open_producer(config);
  if (!producer.ok()) fail(producer.error().text());
  constexpr std::size_t kBatch = 500;
  NewJob job;
  job.payload = payload;
  for (std::size_t left = count; left > 0; left -= std::min(left, kBatch)) {
    const std::vector<NewJob> batch(std::min(left, kBatch), job);
    if (auto ids = (*producer)->enqueue_all(batch); !ids.ok()) fail(ids.error().text());
  }
}

std::unique_ptr<Broker> open_adapter(const BrokerType& type, const BrokerConfig& config,
                                     int workers, const Clock& clock) {
  BrokerContext context;
  context.name = "bench";
  context.capacity = workers;
  context.lease = std::chrono::seconds{30};
  context.max_payload = config.max_payload;
  context.clock = &clock;
  auto broker = type.open(config, context);
  if (!broker.ok()) fail(broker.error().text());
  if (auto up = (*broker)->connect(clock.now()); !up.ok()) fail(up.error().text());
  return std::move(*broker);
}

void adapter_loop(Broker& broker, std::size_t jobs, int workers) {
  const SystemClock clock;
  std::size_t done = 0;
  BrokerEvents events;
  while (done < jobs || broker.unconfirmed() > 0) {
    PollSet set;
    broker.watch(set);
    const TimePoint now = clock.now();
    (void)set.wait(std::max(broker.wake_at() - now, Duration{0}));
    events.clear();
    const int want = done < jobs ? workers : 0;
    const TimePoint then = clock.now();
    if (auto stepped = broker.step(set, then, want, events); !stepped.ok()) {
      fail(stepped.error().text());
    }
    for (Delivery& job : events.deliveries) {
      broker.settle(std::move(job), Verdict{});
      ++done;
    }
    if (auto flushed = broker.flush(then, want); !flushed.ok()) fail(flushed.error().text());
  }
}

}  // namespace narwhal::bench

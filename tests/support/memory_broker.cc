#include "memory_broker.h"

#include <charconv>
#include <fstream>
#include <iterator>

namespace narwhal::test {
namespace {

Result<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end || text.empty()) {
    return Error{ErrorKind::invalid, "unable to read number: " + std::string(text), ""};
  }
  return value;
}

Result<void> read_setting(std::string_view name, std::string_view value,
                          MemoryBroker::Source& source) {
  if (name == "jobs" && value == "endless") {
    source.endless = true;
    return {};
  }
  if (name == "payload") {
    std::ifstream in{std::string(value), std::ios::binary};
    source.payload.assign(std::istreambuf_iterator<char>{in}, {});
    if (!source.payload.empty()) return {};
    return Error{ErrorKind::invalid, "unable to read payload: " + std::string(value), ""};
  }
  auto amount = number(value);
  if (!amount.ok()) return amount.error();
  if (name == "jobs") {
    source.jobs = *amount;
  } else if (name == "size") {
    source.size = static_cast<std::size_t>(*amount);
  } else {
    return Error{ErrorKind::invalid, "unable to use memory: setting", std::string(name)};
  }
  return {};
}

Result<MemoryBroker::Source> read_url(const std::string& url) {
  MemoryBroker::Source source;
  std::string_view rest = url;
  rest.remove_prefix(std::min(rest.size(), std::string_view("memory:").size()));
  if (rest.starts_with('?')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const std::string_view setting = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), setting.size() + 1));
    const auto equals = setting.find('=');
    const auto value = equals == std::string_view::npos ? "" : setting.substr(equals + 1);
    auto done = read_setting(setting.substr(0, equals), value, source);
    if (!done.ok()) return done.error();
  }
  return source;
}

}  // namespace

MemoryBroker::MemoryBroker(const BrokerConfig& config, const BrokerContext& context, Source source)
    : clock_(*context.clock),
      source_(std::move(source)),
      payload_(source_.payload.empty() ? std::string(source_.size, 'x') : source_.payload),
      first_id_(new_job_id()) {
  for (const auto& queue : config.queues) queues_.push_back(queue.name);
}

Result<void> MemoryBroker::connect(TimePoint) {
  connected_ = true;
  return {};
}

TimePoint MemoryBroker::wake_at() const {
  if (!connected_) return kNever;
  if (!published_.empty() || depths_wanted_) return TimePoint{};
  if (want_ == 0) return kNever;
  if (source_.endless || made_ < source_.jobs) return TimePoint{};
  for (const auto& queue : queues_) {
    const auto at = ready_.find(queue);
    if (at != ready_.end() && !at->second.empty()) return TimePoint{};
  }
  if (delayed_.empty()) return kNever;
  return clock_.now() +
         std::max<Duration>(delayed_.begin()->first - clock_.wall_now(), Duration{0});
}

Result<void> MemoryBroker::step(const PollSet&, TimePoint, int want, BrokerEvents& events) {
  for (auto& published : published_) events.published.push_back(std::move(published));
  published_.clear();
  if (std::exchange(depths_wanted_, false)) report_depths(events);
  want_ = connected_ && fetching_ ? want : 0;
  if (!delayed_.empty()) promote(clock_.wall_now());
  for (; want_ > 0; --want_) {
    Delivery job;
    if (!take(job)) break;
    job.reservation = next_++;
    ++in_hand_;
    events.deliveries.push_back(std::move(job));
  }
  return {};
}

// What became wanted in this turn is asked for at its end, as from a server.
Result<void> MemoryBroker::flush(TimePoint, int want) {
  want_ = connected_ && fetching_ ? want : 0;
  return {};
}

bool MemoryBroker::take(Delivery& job) {
  for (const auto& queue : queues_) {
    const auto at = ready_.find(queue);
    if (at == ready_.end() || at->second.empty()) continue;
    auto& first = at->second.begin()->second;
    job = std::move(first.front());
    first.pop_front();
    if (first.empty()) at->second.erase(at->second.begin());
    return true;
  }
  if (!source_.endless && made_ >= source_.jobs) return false;
  job.id = first_id_ + "-" + std::to_string(++made_);
  job.queue = queues_.front();
  job.payload = payload_;
  job.enqueued_at = clock_.wall_now();
  return true;
}

void MemoryBroker::put(Delivery job, bool front) {
  auto& line = ready_[job.queue][job.priority];
  if (front) {
    line.push_front(std::move(job));
  } else {
    line.push_back(std::move(job));
  }
}

void MemoryBroker::promote(WallTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    put(std::move(delayed_.begin()->second), false);
    delayed_.erase(delayed_.begin());
  }
}

void MemoryBroker::settle(Delivery job, Verdict verdict) {
  --in_hand_;
  switch (verdict.action) {
    case Verdict::Action::ack:
      ++acked_;
      return;
    case Verdict::Action::release:
      put(std::move(job), true);
      return;
    case Verdict::Action::retry: {
      job.counters = verdict.counters;
      job.history = std::move(verdict.history);
      const auto delay = std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
      delayed_.emplace(clock_.wall_now() + delay, std::move(job));
      return;
    }
    case Verdict::Action::bury: {
      DeadLetter letter;
      letter.id = std::move(job.id);
      letter.queue = std::move(job.queue);
      letter.payload = std::move(job.payload);
      letter.priority = job.priority;
      letter.counters = verdict.counters;
      letter.enqueued_at = job.enqueued_at;
      letter.died_at = clock_.wall_now();
      letter.reason = std::move(verdict.reason);
      letter.history = std::move(verdict.history);
      dead_.push_back(std::move(letter));
      return;
    }
  }
}

void MemoryBroker::publish(PublishToken token, NewJob job) {
  Delivery delivery;
  delivery.id = job.id.empty() ? new_job_id() : std::move(job.id);
  delivery.queue = std::move(job.queue);
  delivery.payload = std::move(job.payload);
  delivery.priority = job.priority;
  delivery.enqueued_at = clock_.wall_now();
  if (job.run_at) {
    delayed_.emplace(*job.run_at, std::move(delivery));
  } else {
    put(std::move(delivery), false);
  }
  published_.push_back({token, {}});
}

void MemoryBroker::report_depths(BrokerEvents& events) {
  for (const auto& queue : queues_) {
    QueueDepth depth;
    depth.queue = queue;
    for (const auto& [priority, line] : ready_[queue]) depth.ready += line.size();
    for (const auto& [due, job] : delayed_) depth.delayed += job.queue == queue ? 1 : 0;
    for (const auto& letter : dead_) depth.dead += letter.queue == queue ? 1 : 0;
    events.depths.push_back(std::move(depth));
  }
  if (!events.depths.empty()) events.depths.front().ready += source_.jobs - made_;
}

const BrokerType& memory_broker_type() {
  static const BrokerType type = [] {
    BrokerType made;
    made.name = "memory";
    made.schemes = {"memory"};
    made.capabilities.priority = true;
    made.validate = [](const BrokerConfig& config) {
      auto source = read_url(config.url);
      return source.ok() ? std::vector<BrokerMistake>{}
                         : std::vector<BrokerMistake>{{source.error().text()}};
    };
    made.open = [](const BrokerConfig& config,
                   const BrokerContext& context) -> Result<std::unique_ptr<Broker>> {
      auto source = read_url(config.url);
      if (!source.ok()) return source.error();
      return std::unique_ptr<Broker>(std::make_unique<MemoryBroker>(config, context, *source));
    };
    const Error none{ErrorKind::invalid, "unable to open memory:", "it lives in one process"};
    made.open_producer = [none](const BrokerConfig&) -> Result<std::unique_ptr<Producer>> {
      return none;
    };
    made.open_dead_letters = [none](const BrokerConfig&) -> Result<std::unique_ptr<DeadLetters>> {
      return none;
    };
    return made;
  }();
  return type;
}

}  // namespace narwhal::test

#include "queue_spec.h"

#include <charconv>

#include "channel.h"
#include "delay_levels.h"
#include "names.h"

namespace narwhal::rabbitmq {
namespace {

// Looking through dead letters, or holding delayed jobs, counts as a delivery in a quorum queue
// when they come back, and must not be what removes them.
constexpr std::int64_t kManyDeliveries = 1'000'000'000;

bool is_quorum(const QueueSettings& settings) { return settings.type == "quorum"; }

// As text where it is no number and no truth value.
void add_argument(const std::string& key, const std::string& value, Table& table) {
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, number);
  if (code == std::errc{} && stop == end) {
    table.add(key, number);
  } else if (value == "true" || value == "false") {
    table.add(key, value == "true");
  } else {
    table.add(key, std::string_view{value});
  }
}

void add_for_front(const QueueSettings& settings, Table& table) {
  if (!settings.type.empty()) table.add("x-queue-type", std::string_view{settings.type});
  if (settings.max_priority > 0) table.add("x-max-priority", std::int64_t{settings.max_priority});
}

void add_for_jobs(const QueueSettings& settings, Table& table) {
  add_for_front(settings, table);
  for (const auto& [key, value] : settings.arguments) add_argument(key, value, table);
}

// One master at a time moves what waits there: what two held, each of its own, would come back out
// of order when one of them dies.
void add_for_delay(const QueueSettings& settings, Table& table) {
  if (!settings.type.empty()) table.add("x-queue-type", std::string_view{settings.type});
  if (is_quorum(settings)) table.add("x-delivery-limit", kManyDeliveries);
  table.add("x-single-active-consumer", true);
}

}  // namespace

QueueSpec jobs_spec(const std::string& queue) {
  return {.name = queue, .role = QueueSpec::Role::jobs, .jobs = queue};
}
QueueSpec front_spec(const std::string& queue) {
  return {.name = front_queue(queue), .role = QueueSpec::Role::front, .jobs = queue};
}
QueueSpec delay_spec(const std::string& queue, std::size_t level) {
  return {.name = delay_queue(queue, kDelayLevels[level].span),
          .role = QueueSpec::Role::delay,
          .jobs = queue};
}
QueueSpec dead_spec(const std::string& queue) {
  return {.name = dead_queue(queue), .role = QueueSpec::Role::dead, .jobs = queue};
}
QueueSpec last_spec(const std::string& queue) {
  return {.name = last_queue(queue), .role = QueueSpec::Role::last, .jobs = queue};
}
bool needs_last(const QueueSettings& settings) { return is_quorum(settings); }

void add_arguments(const QueueSpec& spec, const QueueSettings& settings, Table& table) {
  switch (spec.role) {
    case QueueSpec::Role::jobs:
      return add_for_jobs(settings, table);
    case QueueSpec::Role::front:
      return add_for_front(settings, table);
    case QueueSpec::Role::delay:
      return add_for_delay(settings, table);
    case QueueSpec::Role::last:
      table.add("x-queue-type", std::string_view{settings.type});
      return;
    case QueueSpec::Role::dead:
      if (!is_quorum(settings)) return;
      table.add("x-queue-type", "quorum");
      table.add("x-delivery-limit", kManyDeliveries);
      return;
  }
}

void declare(Channel& channel, const QueueSpec& spec, const QueueSettings& settings) {
  Table arguments;
  amqp_queue_declare_t method{};
  method.queue = to_bytes(spec.name);
  method.durable = 1;
  if (declared_passively(spec, settings)) {
    method.passive = 1;
  } else {
    add_arguments(spec, settings, arguments);
    method.arguments = arguments.get();
  }
  channel.send(AMQP_QUEUE_DECLARE_METHOD, &method);
}

}  // namespace narwhal::rabbitmq

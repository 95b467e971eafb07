// QueueSpec: one queue as it is to be declared. Pure.
#pragma once

#include <string>

#include "location.h"
#include "table.h"

namespace narwhal::rabbitmq {

struct QueueSpec {
  enum class Role : std::uint8_t { jobs, front, delay, dead, last };

  std::string name;
  Role role = Role::jobs;
  std::string jobs;  // the queue of jobs that it belongs to
};

QueueSpec jobs_spec(const std::string& queue);
QueueSpec front_spec(const std::string& queue);
// `level`: of kDelayLevels.
QueueSpec delay_spec(const std::string& queue, std::size_t level);
QueueSpec dead_spec(const std::string& queue);
// RabbitMQ writes down late which quorum queue it has declared last (3.10: within seconds, or with
// the next). Killed before, it has forgotten what was confirmed in it, and whoever consumes it
// hangs. So the last one is one that nobody needs.
QueueSpec last_spec(const std::string& queue);
bool needs_last(const QueueSettings& settings);

// Whether a queue is only checked to be there: its owner declared it.
inline bool declared_passively(const QueueSpec& spec, const QueueSettings& settings) {
  return spec.role == QueueSpec::Role::jobs && settings.passive;
}

// Adds what is written into the declaration; `spec` and `settings` must outlive the table.
void add_arguments(const QueueSpec& spec, const QueueSettings& settings, Table& table);

// Appends queue.declare to a channel's output.
class Channel;
void declare(Channel& channel, const QueueSpec& spec, const QueueSettings& settings);

}  // namespace narwhal::rabbitmq

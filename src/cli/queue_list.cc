#include "cli/queue_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.h"
#include "narwhal/new_job_rules.h"

namespace narwhal {

namespace {

using Kind = ConfigNode::Kind;

constexpr std::int64_t kHeaviest = 1000;

using Wrong = std::vector<std::string>;

std::string quoted(std::string_view name) {
  return fmt::format("\"{}\"", printable_short(name, 60));
}

std::vector<QueueConfig> read_names(const ConfigNode& list, Wrong& wrong) {
  std::vector<QueueConfig> queues;
  std::size_t number = 0;
  for (const ConfigNode& item : list.children) {
    ++number;
    if (item.kind != Kind::text) {
      wrong.push_back(
          fmt::format("item {} is {}; a list takes names alone (served in strict order), "
                      "weights are written {{ critical = 3, default = 1 }}",
                      number, describe(item.kind)));
      continue;
    }
    if (auto problem = queue_name_problem(item.text)) wrong.push_back(std::move(*problem));
    const bool twice = std::any_of(queues.begin(), queues.end(), [&](const QueueConfig& queue) {
      return queue.name == item.text;
    });
    if (twice) wrong.push_back(fmt::format("queue {} is listed twice", quoted(item.text)));
    queues.push_back({item.text, 0});
  }
  return queues;
}

std::vector<QueueConfig> read_weights(const ConfigNode& table, Wrong& wrong) {
  std::vector<QueueConfig> queues;
  for (const ConfigNode& item : table.children) {
    if (auto problem = queue_name_problem(item.key)) wrong.push_back(std::move(*problem));
    if (item.kind != Kind::integer || item.integer < 1 || item.integer > kHeaviest) {
      wrong.push_back(fmt::format("the weight of queue {} must be a whole number from 1 to {}",
                                  quoted(item.key), kHeaviest));
    }
    queues.push_back({item.key, static_cast<int>(item.integer)});
  }
  return queues;
}

}  // namespace

std::optional<std::string> queue_name_problem(std::string_view name) {
  if (name.empty()) return "a queue's name is empty";
  if (name.find('*') != std::string_view::npos) {
    return fmt::format("queue {}: wildcards are not supported; name each queue", quoted(name));
  }
  if (!is_utf8(name)) return fmt::format("queue {} is not valid UTF-8", quoted(name));
  if (has_control_character(name)) {
    return fmt::format("queue {} has a control character in its name", quoted(name));
  }
  if (name.size() > kLongestQueueName) {
    return fmt::format("queue {} has a name of {} bytes; at most {} are allowed", quoted(name),
                       name.size(), kLongestQueueName);
  }
  return std::nullopt;
}

std::vector<QueueConfig> read_queue_list(const ConfigNode& value, std::vector<std::string>& wrong) {
  if (value.kind == Kind::text) {
    wrong.push_back(fmt::format("must be a list: [{}]", quoted(value.text)));
    return {};
  }
  if (value.kind != Kind::list && value.kind != Kind::table) {
    wrong.push_back(
        fmt::format("must be a list of names or a table of weights, not {}", describe(value.kind)));
    return {};
  }
  if (value.children.empty()) wrong.emplace_back("names no queue");
  return value.kind == Kind::list ? read_names(value, wrong) : read_weights(value, wrong);
}

}  // namespace narwhal

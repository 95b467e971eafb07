#include "cli/queue_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.h"

namespace narwhal {

namespace {

using Kind = ConfigNode::Kind;

constexpr std::size_t kLongestQueueName = 255;
constexpr std::int64_t kHeaviest = 1000;

Error wrong(std::string what) { return Error{ErrorKind::invalid, std::move(what), ""}; }

std::string quoted(std::string_view name) {
  return fmt::format("\"{}\"", printable_short(name, 60));
}

bool has_control_character(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Result<std::vector<QueueConfig>> read_names(const ConfigNode& list) {
  std::vector<QueueConfig> queues;
  for (const ConfigNode& item : list.children) {
    if (item.kind != Kind::text) {
      return wrong(
          fmt::format("item {} is {}; a list takes names alone (served in strict order), "
                      "weights are written {{ critical = 3, default = 1 }}",
                      queues.size() + 1, describe(item.kind)));
    }
    if (auto problem = queue_name_problem(item.text)) return wrong(std::move(*problem));
    const bool twice = std::any_of(queues.begin(), queues.end(), [&](const QueueConfig& queue) {
      return queue.name == item.text;
    });
    if (twice) return wrong(fmt::format("queue {} is listed twice", quoted(item.text)));
    queues.push_back({item.text, 0});
  }
  return queues;
}

Result<std::vector<QueueConfig>> read_weights(const ConfigNode& table) {
  std::vector<QueueConfig> queues;
  for (const ConfigNode& item : table.children) {
    if (auto problem = queue_name_problem(item.key)) return wrong(std::move(*problem));
    if (item.kind != Kind::integer || item.integer < 1 || item.integer > kHeaviest) {
      return wrong(fmt::format("the weight of queue {} must be a whole number from 1 to {}",
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

Result<std::vector<QueueConfig>> read_queue_list(const ConfigNode& value) {
  if (value.kind == Kind::text) {
    return wrong(fmt::format("must be a list: [{}]", quoted(value.text)));
  }
  if (value.kind != Kind::list && value.kind != Kind::table) {
    return wrong(
        fmt::format("must be a list of names or a table of weights, not {}", describe(value.kind)));
  }
  auto queues = value.kind == Kind::list ? read_names(value) : read_weights(value);
  if (queues && queues->empty()) return wrong("names no queue");
  return queues;
}

}  // namespace narwhal

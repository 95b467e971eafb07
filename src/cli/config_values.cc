#include "cli/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/nearest.h"
#include "cli/printable.h"
#include "cli/quantity.h"
#include "cli/queue_list.h"

namespace narwhal {

namespace {

using Kind = ConfigNode::Kind;
using Wrong = std::vector<std::string>;

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", printable_short(text, 60));
}

Wrong not_a(std::string_view expected, const ConfigNode& value) {
  return {fmt::format("must be {}, not {}", expected, describe(value.kind))};
}

Wrong store(const IntegerKey& key, const ConfigNode& value, Config& config) {
  std::string expected = fmt::format("a whole number from {} to {}", key.min, key.max);
  if (!key.word.empty()) expected += fmt::format(", or \"{}\"", key.word);
  if (!key.word.empty() && value.kind == Kind::text && value.text == key.word) {
    key.set(config, key.word_value());
    return {};
  }
  if (value.kind == Kind::text) {
    return {fmt::format("must be {}, not the text {}", expected, quoted(value.text))};
  }
  if (value.kind != Kind::integer) return not_a(expected, value);
  if (value.integer < key.min || value.integer > key.max) {
    return {fmt::format("must be {}, not {}", expected, value.integer)};
  }
  key.set(config, value.integer);
  return {};
}

Wrong store(const NumberKey& key, const ConfigNode& value, Config& config) {
  const std::string expected = fmt::format("a number from {} to {}", key.min, key.max);
  if (value.kind != Kind::integer && value.kind != Kind::number) return not_a(expected, value);
  const double number =
      value.kind == Kind::integer ? static_cast<double>(value.integer) : value.number;
  // Written so that nan fails too.
  if (!(number >= key.min && number <= key.max)) {
    return {fmt::format("must be {}, not {}", expected, number)};
  }
  key.set(config, number);
  return {};
}

Wrong store(const TextKey& key, const ConfigNode& value, Config& config) {
  if (value.kind != Kind::text) return not_a("text in quotes", value);
  key.set(config, value.text);
  return {};
}

Wrong store(const ChoiceKey& key, const ConfigNode& value, Config& config) {
  const std::string expected = fmt::format("\"{}\"", fmt::join(key.choices, "\", \""));
  const std::string one_of = key.choices.size() == 1 ? expected : "one of " + expected;
  if (value.kind != Kind::text) return not_a(one_of, value);
  for (std::size_t i = 0; i < key.choices.size(); ++i) {
    if (key.choices[i] != value.text) continue;
    key.set(config, i);
    return {};
  }
  std::string message = fmt::format("must be {}, not {}", one_of, quoted(value.text));
  if (const auto near = nearest(value.text, key.choices)) {
    message += fmt::format("; did you mean \"{}\"?", *near);
  }
  return {message};
}

Wrong store(const DurationKey& key, const ConfigNode& value, Config& config) {
  if (value.kind == Kind::integer && value.integer >= 0) {
    return {fmt::format("must be a duration with a unit, in quotes: \"{0}s\", \"{0}ms\"",
                        value.integer)};
  }
  if (value.kind != Kind::text) return not_a("a duration in quotes, such as \"30s\"", value);
  const auto duration = parse_duration(value.text);
  if (!duration) return {duration.error().text()};
  const bool none = key.zero_means_none && duration->count() == 0;
  if (!none && (*duration < key.min || *duration > key.max)) {
    return {fmt::format("must be from {} to {}{}, not {}", format_duration(key.min),
                        format_duration(key.max), key.zero_means_none ? ", or \"0s\"" : "",
                        quoted(value.text))};
  }
  key.set(config, *duration);
  return {};
}

Wrong store(const SizeKey& key, const ConfigNode& value, Config& config) {
  if (value.kind == Kind::integer && value.integer >= 0) {
    return {fmt::format("must be a size in quotes: \"{0}\" for bytes, \"{0}MiB\"", value.integer)};
  }
  if (value.kind != Kind::text) return not_a("a size in quotes, such as \"64MiB\"", value);
  const auto size = parse_size(value.text);
  if (!size) return {size.error().text()};
  const bool none = key.zero_means_none && *size == 0;
  if (!none && (*size < key.min || *size > key.max)) {
    return {fmt::format("must be from {} to {}{}, not {}", format_size(key.min),
                        format_size(key.max), key.zero_means_none ? ", or \"0\"" : "",
                        quoted(value.text))};
  }
  key.set(config, *size);
  return {};
}

Wrong store(const TextListKey& key, const ConfigNode& value, Config& config) {
  if (value.kind != Kind::list)
    return not_a(R"(a list of texts, such as ["./handle", "-v"])", value);
  std::vector<std::string> texts;
  Wrong wrong;
  for (const ConfigNode& item : value.children) {
    texts.push_back(item.text);
    if (item.kind == Kind::text) continue;
    wrong.push_back(
        fmt::format("must be a list of texts; item {} is {}", texts.size(), describe(item.kind)));
  }
  if (wrong.empty()) key.set(config, std::move(texts));
  return wrong;
}

// A number or boolean as the client library would want it written.
std::string as_text(const ConfigNode& value) {
  switch (value.kind) {
    case Kind::integer:
      return fmt::format("{}", value.integer);
    case Kind::number:
      return fmt::format("{}", value.number);
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    default:
      return value.text;
  }
}

bool is_scalar(Kind kind) {
  return kind == Kind::text || kind == Kind::integer || kind == Kind::number ||
         kind == Kind::boolean;
}

Wrong store(const TextMapKey& key, const ConfigNode& value, Config& config) {
  if (value.kind != Kind::table) return not_a(R"(a table, such as { NAME = "value" })", value);
  std::map<std::string, std::string> texts;
  Wrong wrong;
  for (const ConfigNode& item : value.children) {
    const bool taken = item.kind == Kind::text || (key.any_scalar && is_scalar(item.kind));
    if (!taken) {
      wrong.push_back(
          fmt::format("{} must be text in quotes, not {}", quoted(item.key), describe(item.kind)));
    } else if (item.key.empty() || item.key.find('\0') != std::string::npos) {
      wrong.emplace_back("holds a name that is empty or has a NUL character");
    } else {
      texts[item.key] = as_text(item);
    }
  }
  key.set(config, std::move(texts));
  return wrong;
}

Wrong store(const QueuesKey& key, const ConfigNode& value, Config& config) {
  Wrong wrong;
  auto queues = read_queue_list(value, wrong);
  if (wrong.empty()) key.set(config, std::move(queues));
  return wrong;
}

}  // namespace

std::vector<std::string> store_value(const ConfigKey& key, const ConfigNode& value,
                                     Config& config) {
  return std::visit([&](const auto& type) { return store(type, value, config); }, key.type);
}

}  // namespace narwhal

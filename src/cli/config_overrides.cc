#include "cli/config_overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/config_keys.h"
#include "cli/config_values.h"
#include "cli/nearest.h"
#include "cli/printable.h"

namespace narwhal {

namespace {

constexpr std::string_view kPrefix = "NARWHAL_";

// What a command run by a worker finds in its environment: there `narwhal` must not wonder at it.
constexpr std::string_view kJobVariables[] = {
    "NARWHAL_JOB_ID",      "NARWHAL_QUEUE",    "NARWHAL_ATTEMPT", "NARWHAL_CRASHES",
    "NARWHAL_ENQUEUED_AT", "NARWHAL_DEADLINE", "NARWHAL_WORKER"};

bool is_inside_job(const Environment& environment) {
  return environment.contains("NARWHAL_JOB_ID");
}

bool is_job_variable(std::string_view name) {
  return std::find(std::begin(kJobVariables), std::end(kJobVariables), name) !=
         std::end(kJobVariables);
}

template <typename Number>
bool parse_all(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc{} && stop == end;
}

// The value as if it stood in the file: numbers bare, all else in quotes.
ConfigNode as_node(const ConfigKey& key, const std::string& text) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::text;
  node.text = text;
  if (std::holds_alternative<IntegerKey>(key.type) && parse_all(text, node.integer)) {
    node.kind = ConfigNode::Kind::integer;
  }
  if (std::holds_alternative<NumberKey>(key.type) && parse_all(text, node.number)) {
    node.kind = ConfigNode::Kind::number;
  }
  return node;
}

const ConfigKey* find_by_variable(const std::string& variable) {
  for (const ConfigKey& key : config_keys()) {
    if (key.variable() == variable) return &key;
  }
  return nullptr;
}

void override_key(const ConfigKey& key, const std::string& variable, const std::string& text,
                  ConfigDraft& draft) {
  draft.places[key.path()] = {variable, 0, 0};
  for (std::string& mistake : store_value(key, as_node(key, text), draft.config)) {
    draft.refuse(key.path(), std::move(mistake));
  }
}

// A key of a later version: as an error, since the file's table of that name is one too.
bool refuse_later(const std::string& variable, ConfigDraft& draft) {
  for (const LaterKey& key : kLaterKeys) {
    if (variable != key.variable) continue;
    draft.problems.push_back({variable, 0, 0, std::string{key.path}, std::string{kLaterTableText}});
    return true;
  }
  return false;
}

bool names_table(std::string_view rest) {
  std::vector<std::string> tables = config_tables();
  tables.insert(tables.end(), std::begin(kLaterTables), std::end(kLaterTables));
  return std::any_of(tables.begin(), tables.end(), [&](const std::string& table) {
    return rest.size() > table.size() && rest[table.size()] == '_' &&
           edit_distance(rest.substr(0, table.size()), table) == 0;
  });
}

// The override that was meant, without the prefix: misspelt as a whole, or without its table.
std::optional<std::string> nearest_override(std::string_view rest) {
  std::vector<std::string> variables;
  for (const ConfigKey& key : config_keys()) {
    if (!key.overridable()) continue;
    variables.push_back(key.variable().substr(kPrefix.size()));
    if (edit_distance(rest, key.name) == 0) return variables.back();
  }
  return nearest(rest, variables);
}

// What to say about a variable that overrides nothing; empty: it is none of our business.
std::string unknown_variable(const std::string& variable) {
  const std::string_view rest = std::string_view{variable}.substr(kPrefix.size());
  if (const auto near = nearest_override(rest)) {
    return fmt::format("overrides no key, ignored; did you mean {}{}?", kPrefix, *near);
  }
  return names_table(rest) ? "overrides no key, ignored" : "";
}

void consider(const std::string& variable, const std::string& text, ConfigDraft& draft) {
  const ConfigKey* key = find_by_variable(variable);
  if (key != nullptr && key->overridable()) return override_key(*key, variable, text, draft);
  if (draft.variables.contains(variable) || refuse_later(variable, draft)) return;
  std::string warning =
      key == nullptr ? unknown_variable(variable)
                     : fmt::format(
                           "{} cannot be overridden, ignored; refer to the variable in the file: "
                           "\"${{{}}}\"",
                           key->path(), variable);
  if (warning.empty()) return;
  draft.warnings.push_back({printable_short(variable, 80), 0, 0, "", std::move(warning)});
}

}  // namespace

void apply_overrides(const Environment& environment, ConfigDraft& draft) {
  const bool inside_job = is_inside_job(environment);
  for (auto it = environment.lower_bound(std::string{kPrefix}); it != environment.end(); ++it) {
    if (it->first.compare(0, kPrefix.size(), kPrefix) != 0) break;
    if (inside_job && is_job_variable(it->first)) continue;
    consider(it->first, it->second, draft);
  }
}

}  // namespace narwhal

#include "cli/config_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/config_keys.h"
#include "cli/config_values.h"
#include "cli/nearest.h"
#include "cli/printable.h"

namespace narwhal {

namespace {

using Kind = ConfigNode::Kind;

bool is_table_list(const ConfigNode& node) {
  return node.kind == Kind::list && !node.children.empty() &&
         std::all_of(node.children.begin(), node.children.end(),
                     [](const ConfigNode& item) { return item.kind == Kind::table; });
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(std::string_view table, std::string_view key) {
  const std::string shown = printable_short(key, 60);
  return table.empty() ? shown : fmt::format("{}.{}", table, shown);
}

void report(ConfigDraft& draft, const ConfigNode& node, std::string key, std::string message) {
  draft.problems.push_back(
      {draft.file, node.line, node.column, std::move(key), std::move(message)});
}

std::string table_label(std::string_view table) {
  if (table.empty()) return "at the top, above the first table";
  return table == kBrokerTable ? "in [[broker]]" : fmt::format("in [{}]", table);
}

std::vector<std::string> key_names(std::string_view table) {
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    if (key.table == table) names.emplace_back(key.name);
  }
  return names;
}

// The key elsewhere that the name is, or is nearest to.
const ConfigKey* key_elsewhere(const std::string& name) {
  std::vector<std::string> all;
  for (const ConfigKey& key : config_keys()) {
    if (key.name == name) return &key;
    all.emplace_back(key.name);
  }
  const auto near = nearest(name, all);
  if (!near) return nullptr;
  return &config_keys()[static_cast<std::size_t>(std::find(all.begin(), all.end(), *near) -
                                                 all.begin())];
}

std::string unknown_key(std::string_view table, const std::string& name) {
  const ConfigKey* other = key_elsewhere(name);
  if (other != nullptr && other->name == name) {
    return fmt::format("unknown key here; \"{}\" belongs {}", name, table_label(other->table));
  }
  if (const auto near = nearest(name, key_names(table))) {
    return fmt::format("unknown key; did you mean \"{}\"?", *near);
  }
  if (other != nullptr) {
    return fmt::format("unknown key; did you mean \"{}\" {}?", other->name,
                       table_label(other->table));
  }
  return "unknown key";
}

std::string unknown_table(const std::string& name) {
  for (const std::string_view later : kLaterTables) {
    if (name == later) return std::string{kLaterTableText};
  }
  if (const auto near = nearest(name, config_tables())) {
    return fmt::format("unknown table; did you mean \"{}\"?", *near);
  }
  return fmt::format("unknown table; the tables are {}", fmt::join(config_tables(), ", "));
}

// `path`: where the draft keeps the key; differs from the key's own path for brokers.
void read_key(const ConfigKey& key, const ConfigNode& value, const std::string& path,
              ConfigDraft& draft) {
  draft.places[path] = {draft.file, value.line, value.column};
  if (value.kind == Kind::unusable) {
    draft.failed.insert(path);
    return;
  }
  for (std::string& mistake : store_value(key, value, draft.config)) {
    draft.refuse(path, std::move(mistake), key.path());
  }
}

void read_table(const std::string& table, const ConfigNode& node, ConfigDraft& draft) {
  if (node.kind != Kind::table) {
    const std::string_view hint = is_table_list(node) ? " in single brackets" : "";
    report(draft, node, table, fmt::format("is a table; write [{}]{}", table, hint));
    return;
  }
  draft.places[table] = {draft.file, node.line, node.column};
  for (const ConfigNode& child : node.children) {
    const ConfigKey* key = find_config_key(table, child.key);
    if (key != nullptr) {
      read_key(*key, child, key->path(), draft);
    } else {
      report(draft, child, joined(table, child.key), unknown_key(table, child.key));
    }
  }
}

// Of the entries of a table that is one key: an adapter may have a word on each of its options.
void note_places(const ConfigNode& value, const std::string& path, ConfigDraft& draft) {
  if (value.kind != Kind::table) return;
  for (const ConfigNode& entry : value.children) {
    draft.places[fmt::format("{}.{}", path, entry.key)] = {draft.file, entry.line, entry.column};
  }
}

void read_broker(const ConfigNode& node, ConfigDraft& draft) {
  const std::size_t index = draft.config.brokers.size();
  draft.config.brokers.emplace_back();
  draft.places[broker_path(index, "")] = {draft.file, node.line, node.column};
  for (const ConfigNode& child : node.children) {
    const ConfigKey* key = find_config_key(kBrokerTable, child.key);
    if (key != nullptr) {
      read_key(*key, child, broker_path(index, key->name), draft);
      note_places(child, broker_path(index, key->name), draft);
    } else {
      report(draft, child, joined(kBrokerTable, child.key), unknown_key(kBrokerTable, child.key));
    }
  }
}

void read_brokers(const ConfigNode& node, ConfigDraft& draft) {
  if (!is_table_list(node)) {
    report(draft, node, std::string{kBrokerTable},
           "each broker is a table of its own; write [[broker]] in double brackets");
    return;
  }
  draft.config.brokers.clear();
  for (const ConfigNode& item : node.children) read_broker(item, draft);
}

void read_top_level(const ConfigNode& child, ConfigDraft& draft) {
  const ConfigKey* key = find_config_key("", child.key);
  if (child.key == kBrokerTable) {
    read_brokers(child, draft);
  } else if (contains(config_tables(), child.key)) {
    read_table(child.key, child, draft);
  } else if (key != nullptr) {
    read_key(*key, child, key->path(), draft);
  } else {
    const bool table = child.kind == Kind::table || is_table_list(child);
    report(draft, child, joined("", child.key),
           table ? unknown_table(child.key) : unknown_key("", child.key));
  }
}

void expand(ConfigNode& node, const std::string& path, const Environment& environment,
            ConfigDraft& draft) {
  for (ConfigNode& child : node.children) {
    const std::string child_path = child.key.empty() ? path : joined(path, child.key);
    expand(child, child_path, environment, draft);
    if (child.kind == Kind::unusable && node.kind == Kind::list) node.kind = Kind::unusable;
  }
  if (node.kind != Kind::text) return;
  auto expanded = expand_variables(node.text, environment, draft.variables);
  std::string wrong;
  if (!expanded) {
    wrong = expanded.error().text();
  } else if (expanded->find('\0') != std::string::npos) {
    wrong = "holds a NUL character";
  } else {
    node.text = std::move(*expanded);
    return;
  }
  report(draft, node, path, std::move(wrong));
  node.kind = Kind::unusable;
}

}  // namespace

void expand_strings(ConfigNode& root, const Environment& environment, ConfigDraft& draft) {
  expand(root, "", environment, draft);
}

void read_config_tree(const ConfigNode& root, ConfigDraft& draft) {
  for (const ConfigNode& child : root.children) read_top_level(child, draft);
}

std::string broker_path(std::size_t index, std::string_view key) {
  const std::string path = fmt::format("{}[{}]", kBrokerTable, index);
  return key.empty() ? path : fmt::format("{}.{}", path, key);
}

}  // namespace narwhal

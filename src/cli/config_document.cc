#include "cli/config_document.h"

// The library's assertions do not hold for every text ("[=" fails one), though the code behind them
// copes. They must be nothing: neither abort, nor, as they do with NDEBUG, let the compiler assume.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/printable.h"
#include "narwhal/redact.h"

namespace narwhal {

namespace {

// Every level of nesting costs a dot (or one of the library's 256 levels of brackets), and the
// library tears the tree down by recursion; so many dots fit any stack and no honest file.
constexpr std::ptrdiff_t kMostDots = 4000;
// Enough to show what is wrong; a file of another format would yield one per line.
constexpr int kMostSyntaxErrors = 20;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool looks_like_utf16(std::string_view text) {
  const std::string_view mark = text.substr(0, 2);
  return mark == "\xFF\xFE" || mark == "\xFE\xFF";
}

// What the library would report in a puzzling way, or not survive.
std::optional<std::string> unreadable(std::string_view text) {
  if (looks_like_utf16(text)) return "is UTF-16; save it as UTF-8";
  if (text.substr(0, 3) == kByteOrderMark && text.substr(3, 3) == kByteOrderMark) {
    return "begins with two byte-order marks; keep one or none";
  }
  if (text.find('\0') != std::string_view::npos)
    return "contains a NUL byte; it is not a text file";
  if (std::count(text.begin(), text.end(), '.') > kMostDots) {
    return "contains more than " + std::to_string(kMostDots) + " dots; it is not a configuration";
  }
  return std::nullopt;
}

struct LineSpan {
  std::size_t begin = 0;
  std::size_t end = 0;  // before the line feed
};

LineSpan find_line(std::string_view text, std::size_t line) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < line; ++i) {
    const std::size_t feed = text.find('\n', begin);
    if (feed == std::string_view::npos) return {text.size(), text.size()};
    begin = feed + 1;
  }
  return {begin, std::min(text.find('\n', begin), text.size())};
}

bool is_key_line(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos || line[start] == '[' || line[start] == '#') return false;
  return line.find('=', start) != std::string_view::npos;
}

// May reading go on without this line? Only if the mistake is the line's own; else (a bracket or a
// quote left open above, a table header) passing over it would only breed false reports.
bool can_pass_over(std::string_view line, std::string_view description) {
  if (!is_key_line(line)) return false;
  const bool redefined = description.find("redefine") != std::string_view::npos;
  return redefined || !toml::parse(line);
}

// The library's words, without its leading "Error while parsing".
std::string syntax_message(std::string_view description) {
  constexpr std::string_view kLead = "Error while parsing ";
  if (description.substr(0, kLead.size()) == kLead) description.remove_prefix(kLead.size());
  return "not valid TOML: " + printable(description);
}

// Only a plain word is repeated; anything else might be a secret.
std::string quotes_hint(std::string_view line, std::string_view description) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || !is_key_line(line) ||
      description.find("could not determine value type") == std::string_view::npos) {
    return {};
  }
  const auto trimmed = [](std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
  };
  const std::string_view key = trimmed(line.substr(0, equals));
  const std::string_view value = trimmed(line.substr(equals + 1));
  const bool word = !names_secret(key) && value.size() <= 20 &&
                    value.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
  return fmt::format("; text needs quotes: {} = \"{}\"", printable_short(key, 40),
                     word ? value : std::string_view{"..."});
}

ConfigNode convert(const toml::node& from);

ConfigNode::Kind kind_of(const toml::node& node) {
  using Kind = ConfigNode::Kind;
  switch (node.type()) {
    case toml::node_type::table:
      return Kind::table;
    case toml::node_type::array:
      return Kind::list;
    case toml::node_type::string:
      return Kind::text;
    case toml::node_type::integer:
      return Kind::integer;
    case toml::node_type::floating_point:
      return Kind::number;
    case toml::node_type::boolean:
      return Kind::boolean;
    default:
      return Kind::time;
  }
}

void set_place(ConfigNode& node, const toml::source_region& source) {
  node.line = static_cast<int>(source.begin.line);
  node.column = static_cast<int>(source.begin.column);
}

void convert_table(const toml::table& table, ConfigNode& node) {
  for (auto&& [key, value] : table) {
    ConfigNode child = convert(value);
    child.key = std::string{key.str()};
    set_place(child, key.source());
    node.children.push_back(std::move(child));
  }
  // The library sorts by name; the operator's order is that of the file.
  std::stable_sort(node.children.begin(), node.children.end(), [](const auto& a, const auto& b) {
    return std::pair{a.line, a.column} < std::pair{b.line, b.column};
  });
}

ConfigNode convert(const toml::node& from) {
  ConfigNode node;
  node.kind = kind_of(from);
  set_place(node, from.source());
  if (const auto* table = from.as_table()) convert_table(*table, node);
  if (const auto* array = from.as_array()) {
    for (const auto& item : *array) node.children.push_back(convert(item));
  }
  if (const auto* text = from.as_string()) node.text = text->get();
  if (const auto* integer = from.as_integer()) node.integer = integer->get();
  if (const auto* number = from.as_floating_point()) node.number = number->get();
  if (const auto* boolean = from.as_boolean()) node.boolean = boolean->get();
  return node;
}

}  // namespace

ConfigNode parse_config_document(std::string text, const std::string& file,
                                 ConfigProblems& problems) {
  if (auto reason = unreadable(text)) {
    problems.push_back({file, 0, 0, "", std::move(*reason)});
    return {};
  }
  for (int errors = 0; errors < kMostSyntaxErrors; ++errors) {
    const toml::parse_result result = toml::parse(std::string_view{text});
    if (result) return convert(result.table());
    const toml::parse_error& error = result.error();
    ConfigNode place;
    set_place(place, error.source());
    const LineSpan span = find_line(text, error.source().begin.line);
    const std::string_view line = std::string_view{text}.substr(span.begin, span.end - span.begin);
    problems.push_back(
        {file, place.line, place.column, "",
         syntax_message(error.description()) + quotes_hint(line, error.description())});
    if (!can_pass_over(line, error.description())) break;
    text.replace(span.begin, span.end - span.begin, "");
  }
  problems.back().message += " (nothing after this was checked)";
  return {};
}

std::string_view describe(ConfigNode::Kind kind) {
  switch (kind) {
    case ConfigNode::Kind::text:
      return "text";
    case ConfigNode::Kind::integer:
      return "a whole number";
    case ConfigNode::Kind::number:
      return "a number with a fraction";
    case ConfigNode::Kind::boolean:
      return "true or false";
    case ConfigNode::Kind::time:
      return "a date or time";
    case ConfigNode::Kind::list:
      return "a list";
    case ConfigNode::Kind::table:
      return "a table";
    case ConfigNode::Kind::unusable:
      break;
  }
  return "nothing";
}

}  // namespace narwhal

#include "cli/variable_expansion.h"

#include <algorithm>

#include "cli/printable.h"

namespace narwhal {

namespace {

bool is_name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), is_name_char);
}

Error wrong(std::string what) { return Error{ErrorKind::invalid, std::move(what), ""}; }

// `inside`: what stands between the braces.
Result<std::string> look_up(std::string_view inside, const Environment& environment,
                            std::set<std::string>& used) {
  const std::size_t mark = inside.find(":-");
  const std::string name{inside.substr(0, mark)};
  if (!is_name(name)) {
    return wrong(
        "\"${...}\" must hold a variable's name, as in ${NAME} or ${NAME:-default}; "
        "for a plain \"${\" write \"$${\"");
  }
  used.insert(name);
  const auto found = environment.find(name);
  const bool has_default = mark != std::string_view::npos;
  if (found != environment.end() && !(has_default && found->second.empty())) return found->second;
  if (!has_default) return wrong("the environment variable " + name + " is not set");
  const std::string_view fallback = inside.substr(mark + 2);
  if (fallback.find("${") != std::string_view::npos) {
    return wrong("the default of ${" + name + "} cannot hold another variable");
  }
  return std::string{fallback};
}

}  // namespace

Result<std::string> expand_variables(std::string_view text, const Environment& environment,
                                     std::set<std::string>& used) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.substr(0, 2) == "$$") {
      out += '$';
      text.remove_prefix(2);
    } else if (text.substr(0, 2) == "${") {
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos) return wrong("a \"${\" has no closing \"}\"");
      auto value = look_up(text.substr(2, close - 2), environment, used);
      if (!value) return value.error();
      out += *value;
      text.remove_prefix(close + 1);
    } else if (!text.empty()) {
      out += '$';
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace narwhal

#include "sdk/value_builder.h"

#include <charconv>
#include <iterator>
#include <optional>

namespace narwhal::sdk {
namespace {

template <typename T>
std::optional<T> exact(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Value number_value(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    if (const auto value = exact<std::int64_t>(text)) return *value;
    if (const auto value = exact<std::uint64_t>(text)) return *value;
  } else if (const auto value = exact<double>(text)) {
    return *value;
  }
  return Value::BigNumber{std::string(text)};
}

bool ValueBuilder::end_array(std::size_t count) {
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  Value::Array array(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
  stack_.erase(first, stack_.end());
  return push(std::move(array));
}

bool ValueBuilder::end_object(std::size_t count) {
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(2 * count);
  Value::Object object;
  object.reserve(count);
  for (auto at = first; at != stack_.end(); at += 2) {
    object.push_back({std::move(*at->get_if<std::string>()), std::move(*(at + 1))});
  }
  stack_.erase(first, stack_.end());
  return push(std::move(object));
}

}  // namespace narwhal::sdk

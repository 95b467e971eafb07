#include "sdk/ruby_types.h"

namespace narwhal::sdk {
namespace {

constexpr std::string_view kPrefix = "ActiveJob::Serializers::";
constexpr std::string_view kSuffix = "Serializer";

const std::string* string_member(const Value& value, std::string_view key) {
  const Value* member = value.find(key);
  return member == nullptr ? nullptr : member->get_if<std::string>();
}

}  // namespace

const std::string* serializer_name(const Value& value) {
  return string_member(value, kSerializerKey);
}

const std::string* global_id(const Value& value) { return string_member(value, "_aj_globalid"); }

std::string_view ruby_type(const Value& value) {
  const std::string* name = serializer_name(value);
  if (name == nullptr || !name->starts_with(kPrefix) || !name->ends_with(kSuffix)) return {};
  std::string_view type = *name;
  type.remove_prefix(kPrefix.size());
  type.remove_suffix(std::min(type.size(), kSuffix.size()));
  return type;
}

const Value* ruby_value(const Value& value, std::string_view type) {
  return ruby_type(value) == type ? value.find("value") : nullptr;
}

Value ruby_object(std::string_view type, Value value) {
  std::string name(kPrefix);
  name.append(type).append(kSuffix);
  return Value::Object{{std::string(kSerializerKey), std::move(name)}, {"value", std::move(value)}};
}

}  // namespace narwhal::sdk

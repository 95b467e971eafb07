// ActiveJob's own forms inside arguments: objects it serialized by name, records by GlobalID, and
// the marker keys it leaves in hashes.
#pragma once

#include <string>
#include <string_view>

#include "narwhal/value.h"

namespace narwhal::sdk {

inline constexpr std::string_view kSerializerKey = "_aj_serialized";
inline constexpr std::string_view kKeywordMarker = "_aj_ruby2_keywords";

// "Symbol" for {"_aj_serialized":"ActiveJob::Serializers::SymbolSerializer",…}; empty for the rest.
std::string_view ruby_type(const Value& value);

// The serializer's whole name, or nullptr.
const std::string* serializer_name(const Value& value);
// The URI of a record passed by GlobalID, or nullptr.
const std::string* global_id(const Value& value);

// The serialized "value" of an object of that Ruby type; nullptr for anything else.
const Value* ruby_value(const Value& value, std::string_view type);

Value ruby_object(std::string_view type, Value value);

}  // namespace narwhal::sdk

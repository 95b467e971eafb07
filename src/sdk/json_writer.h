// Writes JSON: compact, UTF-8 as it is, numbers exact. Bytes that are not UTF-8 are the caller's to
// refuse (encode_string in codec.cc does).
#pragma once

#include <string>
#include <string_view>

#include "narwhal/value.h"

namespace narwhal::sdk {

void write_json(std::string& out, const Value& value);
void write_json_string(std::string& out, std::string_view text);
void write_json_integer(std::string& out, std::int64_t value);

}  // namespace narwhal::sdk

// JSON as text: checking it without building it, and writing it. Any depth, any number, exact
// bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "narwhal/result.h"

namespace narwhal {

// Is the text one JSON array in valid UTF-8? The Error says what is wrong and at which byte.
Result<void> check_json_array(std::string_view text);

// The value of the key "job_class" of a JSON object, if it is one and has it.
std::optional<std::string> find_job_class(std::string_view payload);

// In quotes, escaped; bytes that are not valid UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace narwhal

// The text of one log line: a message and its fields, for a reader or as members of a JSON object.
// Whatever a field holds, the line stays one line of valid UTF-8.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "base/log.h"

namespace narwhal {

// `job done worker=3 queue="high priority"`
void append_text(fmt::memory_buffer& out, std::string_view text, std::span<const LogField> fields);
// `"msg":"job done","worker":3,"queue":"high priority"`
void append_json(fmt::memory_buffer& out, std::string_view text, std::span<const LogField> fields);

}  // namespace narwhal

// UTF-8: which bytes are valid text, and how bytes that are not are shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace narwhal::sdk {

// Length of the valid sequence at `begin`, 0 if it is not one. Precondition: begin < end.
std::size_t utf8_sequence(const char* begin, const char* end);

// Offset of the first byte that is not UTF-8; text.size() when all is well.
std::size_t invalid_utf8_at(std::string_view text);

void append_utf8(std::string& out, std::uint32_t code_point);

// Appends `text` with every invalid byte written as \xHH.
void append_escaped(std::string& out, std::string_view text);
std::string escape_invalid_utf8(std::string_view text);

// At most `limit` bytes of `text`, cut between characters, with a mark that says so.
std::string truncate(std::string_view text, std::size_t limit);

}  // namespace narwhal::sdk

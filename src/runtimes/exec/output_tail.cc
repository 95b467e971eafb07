#include "runtimes/exec/output_tail.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "narwhal/utf8.h"

namespace narwhal::exec {
namespace {

constexpr std::size_t kLastLineLimit = 500;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || (byte >= 0x20U && byte != 0x7FU);
}

// The length of the printable character that `bytes` begins with; 0: none.
std::size_t printable_prefix(std::string_view bytes) {
  const std::size_t length = decode_utf8(bytes).length;
  return length == 1 && !is_plain(bytes.front()) ? 0 : length;
}

std::string escaped(char c) {
  std::array<char, 5> text{};
  std::snprintf(text.data(), text.size(), "\\x%02X", static_cast<unsigned>(c) & 0xFFU);
  return text.data();
}

// Drops the end of a character whose beginning was cut off.
std::string_view from_character_start(std::string_view bytes) {
  for (int i = 0; i < 3 && !bytes.empty() && is_continuation(bytes.front()); ++i)
    bytes.remove_prefix(1);
  return bytes;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = printable_prefix(bytes);
    text += length > 0 ? std::string{bytes.substr(0, length)} : escaped(bytes.front());
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

void OutputTail::append(std::string_view bytes) {
  total_ += bytes.size();
  if (bytes.size() > kLimit) bytes.remove_prefix(bytes.size() - kLimit);
  bytes_.append(bytes);
  if (bytes_.size() > 2 * kLimit) bytes_.erase(0, bytes_.size() - kLimit);
}

std::string_view OutputTail::kept() const {
  const std::string_view bytes = bytes_;
  if (bytes.size() == total_ && bytes.size() <= kLimit) return bytes;
  return from_character_start(bytes.substr(bytes.size() - std::min(bytes.size(), kLimit)));
}

std::string OutputTail::text() const {
  const std::string_view bytes = kept();
  std::string text;
  if (bytes.size() < total_)
    text = "[truncated: the last " + std::to_string(bytes.size()) + " of " +
           std::to_string(total_) + " bytes]\n";
  return text + printable(bytes);
}

std::string OutputTail::last_line() const {
  std::string_view bytes = kept();
  const std::size_t end = bytes.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  bytes = bytes.substr(0, end + 1);
  bytes.remove_prefix(bytes.rfind('\n') + 1);  // npos + 1 is 0
  if (bytes.size() <= kLastLineLimit) return printable(bytes);
  return "..." + printable(from_character_start(bytes.substr(bytes.size() - kLastLineLimit)));
}

}  // namespace narwhal::exec

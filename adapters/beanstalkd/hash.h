// FNV-1a: a short checksum that needs no table. For the envelope and for names that are too long;
// nothing here guards against malice.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace narwhal::beanstalkd {

inline constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;

inline std::uint64_t hash(std::string_view bytes, std::uint64_t state = kHashStart) {
  for (const char byte : bytes) {
    state = (state ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return state;
}

inline std::string to_hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4) {
    *digit = kDigits[number & 0x0f];
  }
  return text;
}

}  // namespace narwhal::beanstalkd

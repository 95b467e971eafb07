// The broker's terms for ours: priorities, seconds and tube names. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "hash.h"
#include "narwhal/clock.h"

namespace narwhal::beanstalkd {

inline constexpr std::size_t kLongestTube = 200;
inline constexpr std::string_view kTubeCharacters = "letters, digits and - + / ; . $ _ ( )";

inline bool is_tube_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"-+/;.$_()"}.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kLongestTube && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), allowed);
}

// Dead letters of a tube are kept in a tube of their own that no worker watches.
inline constexpr std::string_view kDeadSuffix = ".narwhal-dead";

// Somebody who looks at them has them reserved, for as long as this.
inline constexpr std::uint32_t kDeadTtr = 3600;

inline std::string dead_tube(std::string_view tube) {
  constexpr std::size_t kMost = kLongestTube - kDeadSuffix.size();
  std::string name{tube};
  // Too long for the suffix: the end of the name gives way to a hash of all of it.
  if (name.size() > kMost) name = name.substr(0, kMost - 17) + "." + to_hex(hash(tube));
  return name.append(kDeadSuffix);
}

// Ours is signed with 0 in the middle, theirs unsigned; the lower number is more urgent in both.
inline std::uint32_t to_server_priority(std::int32_t priority) {
  return static_cast<std::uint32_t>(priority) ^ 0x80000000U;
}
inline std::int32_t from_server_priority(std::uint32_t priority) {
  return static_cast<std::int32_t>(priority ^ 0x80000000U);
}
// Before every waiting job of this priority: jobs of one priority come in the order of their ids,
// and a new id is the highest.
inline std::uint32_t front_of(std::uint32_t server_priority) {
  return server_priority == 0 ? 0 : server_priority - 1;
}

// The server counts in whole seconds: rounded up, since a job must not be early.
inline std::uint32_t to_seconds(Duration duration) {
  constexpr std::int64_t kMost = 0xffffffff;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, kMost));
}

}  // namespace narwhal::beanstalkd

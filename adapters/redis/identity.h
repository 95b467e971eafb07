// Identity: a consumer's name among those who share the server, such that others can tell whether
// its process still lives: boot, pid namespace, pid and start time of the process, and a random
// part, for one process may hold several.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narwhal::redis {

inline constexpr std::size_t kRandomDigits = 16;

// As many random digits, for whoever needs a name of his own.
std::string random_digits();

struct Identity {
  std::string random;     // kRandomDigits hexadecimal digits; the text begins with them
  std::string boot;       // of the kernel; empty: unknown
  std::string pid_space;  // the pid namespace
  pid_t pid = 0;
  std::string started;  // in clock ticks since boot
  std::string name;     // the instance's, for people

  static Identity of_this_process(std::string name);
  static std::optional<Identity> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

// True only when `other` ran on the same kernel, in the same pid namespace, and its process is
// gone for certain.
bool proven_dead(const Identity& other, const Identity& self);

}  // namespace narwhal::redis

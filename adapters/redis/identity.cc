#include "identity.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <random>

#include "narwhal/unique_fd.h"

namespace narwhal::redis {
namespace {

constexpr std::size_t kParts = 6;

std::string read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> buffer{};
  const ssize_t count = file.valid() ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string{};
}

std::string boot_id() {
  std::string text = read_file("/proc/sys/kernel/random/boot_id");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// "pid:[4026531836]" without what needs no saying.
std::string pid_namespace() {
  std::array<char, 64> target{};
  const ssize_t count = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  std::string digits;
  for (ssize_t i = 0; i < count; ++i) {
    const char c = target[static_cast<std::size_t>(i)];
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

struct ProcessStat {
  char state = ' ';
  std::string started;  // empty: there is no such process, or we may not see it
};

// Fields 3 and 22 of /proc/PID/stat. The second field, the program's name, may hold anything, but
// ends with the last ")".
ProcessStat process_stat(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos || at + 2 >= stat.size()) return {};
  ProcessStat found{stat[at + 2], {}};
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at != std::string::npos) found.started = stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
  return found;
}

}  // namespace

std::string random_digits() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof(bits), 0) != static_cast<ssize_t>(sizeof(bits))) {
    std::random_device source;
    bits = (std::uint64_t{source()} << 32U) | source();
  }
  std::string digits(kRandomDigits, '0');
  for (auto& digit : digits) {
    digit = "0123456789abcdef"[bits & 15U];
    bits >>= 4U;
  }
  return digits;
}

Identity Identity::of_this_process(std::string name) {
  Identity self;
  self.boot = boot_id();
  self.pid_space = pid_namespace();
  self.pid = ::getpid();
  self.started = process_stat(self.pid).started;
  self.random = random_digits();
  self.name = std::move(name);
  return self;
}

std::string Identity::text() const {
  return random + ':' + boot + ':' + pid_space + ':' + std::to_string(pid) + ':' + started + ':' +
         name;
}

std::optional<Identity> Identity::parse(std::string_view text) {
  std::array<std::string, kParts> parts;
  for (std::size_t i = 0; i < kParts; ++i) {
    const bool last = i + 1 == kParts;  // a name may have colons
    const std::size_t end = last ? text.size() : text.find(':');
    if (end == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(last ? end : end + 1);
  }
  Identity other{parts[0], parts[1], parts[2], 0, parts[4], parts[5]};
  const auto& pid = parts[3];
  const auto [end, code] = std::from_chars(pid.data(), pid.data() + pid.size(), other.pid);
  if (code != std::errc{} || end != pid.data() + pid.size() || other.pid <= 0) return std::nullopt;
  return other;
}

bool proven_dead(const Identity& other, const Identity& self) {
  const bool comparable = !self.boot.empty() && other.boot == self.boot &&
                          !self.pid_space.empty() && other.pid_space == self.pid_space &&
                          !other.started.empty() && !self.started.empty();
  if (!comparable) return false;
  const ProcessStat found = process_stat(other.pid);
  // What cannot be seen may be another user's.
  if (found.started.empty()) return ::kill(other.pid, 0) != 0 && errno == ESRCH;
  return found.started != other.started || found.state == 'Z' || found.state == 'X';
}

}  // namespace narwhal::redis

#include "cli/instance_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>

namespace narwhal {

namespace {

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestPart = 40;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

std::string sanitized(std::string_view text) {
  std::string out{text.substr(0, kLongestPart)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_name_char(c); }, '-');
  return out;
}

// FNV-1a: needs to be the same for ever, not strong.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return value;
}

std::string resolved(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::weakly_canonical(path, failed);
  return failed ? path : whole.string();
}

}  // namespace

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == '\0') return "localhost";
  return buffer.data();
}

std::string default_instance_name(std::string_view host, const std::string& config_path) {
  const std::string path = resolved(config_path);
  const std::string stem = std::filesystem::path{path}.stem().string();
  // The hash covers the whole of both, since both are shortened and sanitised.
  const std::uint32_t mark = hash(fmt::format("{}\n{}", host, path));
  return fmt::format("{}-{}-{:08x}", sanitized(host), sanitized(stem), mark);
}

std::optional<std::string> instance_name_problem(std::string_view name) {
  if (name.size() > kLongestName) {
    return fmt::format("is longer than {} characters", kLongestName);
  }
  if (!std::all_of(name.begin(), name.end(), is_name_char)) {
    return "may hold only letters, digits, \"-\", \"_\" and \".\"";
  }
  return std::nullopt;
}

}  // namespace narwhal

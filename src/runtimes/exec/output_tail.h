// OutputTail keeps the end of what a command wrote to stderr: the part that says why it failed.
// Memory is bounded whatever the command writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace narwhal::exec {

// `bytes` as valid UTF-8 that is safe to print: what is not UTF-8, and control characters other
// than newline and tab, come out as \xNN.
std::string printable(std::string_view bytes);

class OutputTail {
 public:
  static constexpr std::size_t kLimit = std::size_t{8} * 1024;

  void append(std::string_view bytes);

  // All that is kept, printable, after a line saying how much was left out, if any was.
  [[nodiscard]] std::string text() const;
  // The last line that is not blank, printable and cut to a length that suits a log line.
  [[nodiscard]] std::string last_line() const;

 private:
  [[nodiscard]] std::string_view kept() const;

  std::string bytes_;  // at most twice kLimit, so that trimming is rare
  std::uint64_t total_ = 0;
};

}  // namespace narwhal::exec

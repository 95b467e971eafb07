#include "cli/line_reader.h"

#include <algorithm>

#include "cli/descriptor_input.h"

namespace narwhal {

namespace {
constexpr std::size_t kChunk = std::size_t{64} * 1024;
}  // namespace

// Returns false at the end of the stream.
bool LineReader::fill() {
  buffer_.resize(kChunk);
  begin_ = 0;
  in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.resize(static_cast<std::size_t>(in_.gcount()));
  return !buffer_.empty();
}

LineReader::Outcome LineReader::next(std::string& line) {
  line.clear();
  ++number_;
  for (bool begun = false;; begun = true) {
    if (begin_ == buffer_.size() && !fill()) {
      if (input_failure(in_)) return Outcome::failed;
      return begun ? Outcome::line : Outcome::end;  // the last line needs no line feed
    }
    const auto start = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto feed = std::find(start, buffer_.end(), '\n');
    if (static_cast<std::size_t>(feed - start) > limit_ - line.size()) return Outcome::too_long;
    line.append(start, feed);
    begin_ = static_cast<std::size_t>(feed - buffer_.begin());
    if (feed == buffer_.end()) continue;
    ++begin_;
    return Outcome::line;
  }
}

}  // namespace narwhal

#include "wire/frame.h"

namespace narwhal {
namespace {

// A buffer that once held a large frame is given back instead of kept at that size.
constexpr std::size_t kKeepCapacity = std::size_t{64} * 1024;

FrameHeader read_header(std::string_view bytes) {
  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

}  // namespace

void FrameDecoder::append(std::string_view bytes) {
  trim();
  if (begin_ > 0) bytes_.erase(0, begin_);
  begin_ = 0;
  if (const std::size_t whole = missing(); whole > 0) bytes_.reserve(bytes_.size() + whole);
  bytes_.append(bytes);
}

Result<std::optional<FrameView>> FrameDecoder::next() {
  if (available() < sizeof(FrameHeader)) return std::optional<FrameView>{};
  const FrameHeader header = read_header(std::string_view{bytes_}.substr(begin_));
  if (header.size > limit_) {
    return Error{ErrorKind::too_large, "unable to read a frame",
                 std::to_string(header.size) + " bytes announced, at most " +
                     std::to_string(limit_) + " expected"};
  }
  if (available() < sizeof header + header.size) return std::optional<FrameView>{};
  const std::string_view body =
      std::string_view{bytes_}.substr(begin_ + sizeof header, header.size);
  begin_ += sizeof header + header.size;
  return std::optional<FrameView>{FrameView{header.kind, body}};
}

void FrameDecoder::trim() {
  if (begin_ < bytes_.size()) return;
  bytes_.clear();
  begin_ = 0;
  if (bytes_.capacity() > kKeepCapacity) bytes_.shrink_to_fit();
}

std::string FrameDecoder::detach() {
  // A moved std::string keeps its heap block, and no frame is short enough to live elsewhere.
  std::string given = std::exchange(bytes_, {});
  bytes_.assign(given, begin_);
  begin_ = 0;
  return given;
}

std::size_t FrameDecoder::missing() const {
  if (available() < sizeof(FrameHeader)) return 0;
  const FrameHeader header = read_header(std::string_view{bytes_}.substr(begin_));
  const std::size_t whole = sizeof header + header.size;
  return header.size > limit_ || whole <= available() ? 0 : whole - available();
}

}  // namespace narwhal

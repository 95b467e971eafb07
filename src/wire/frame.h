// Length-prefixed frames on a byte stream between the master and one worker on the same machine.
//
//   offset 0  u32  size of the body in bytes
//   offset 4  u32  kind of message
//   offset 8  body
//
// Both ends are the same build on the same machine, so integers stand in native byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "narwhal/result.h"

namespace narwhal {

struct FrameHeader {
  std::uint32_t size;
  std::uint32_t kind;
};
static_assert(sizeof(FrameHeader) == 8);

struct FrameView {
  std::uint32_t kind;
  std::string_view body;
};

// Takes bytes in any chunking, gives whole frames. A frame's body is valid until the next append().
class FrameDecoder {
 public:
  // `limit`: the largest body accepted, in bytes.
  explicit FrameDecoder(std::size_t limit) : limit_(limit) {}

  void append(std::string_view bytes);

  // The next whole frame; nothing when more bytes are needed; an Error when a header is out of
  // bounds, after which the stream is of no use.
  Result<std::optional<FrameView>> next();

  // Hands over the bytes behind the frames given out so far, so that their views stay valid; what
  // follows them goes on as before.
  std::string detach();

  // Gives back the memory of a large frame once it is done with. Its view ends here.
  void trim();

  // How many more bytes complete the frame at hand; 0 when unknown. Lets a reader size its next
  // read.
  [[nodiscard]] std::size_t missing() const;

 private:
  [[nodiscard]] std::size_t available() const { return bytes_.size() - begin_; }

  std::size_t limit_;
  std::string bytes_;
  std::size_t begin_ = 0;  // start of what next() has not given out yet
};

// Builds a frame's body field by field.
class BodyWriter {
 public:
  explicit BodyWriter(std::string& out) : out_(out) {}

  template <typename Integer>
  BodyWriter& number(Integer value) {
    static_assert(std::is_integral_v<Integer> || std::is_enum_v<Integer>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  BodyWriter& text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_.append(value);
    return *this;
  }

 private:
  std::string& out_;
};

// Reads it back. Reading past the end leaves ok() false and gives zeros.
class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : rest_(body) {}

  template <typename Integer>
  Integer number() {
    static_assert(std::is_integral_v<Integer> || std::is_enum_v<Integer>);
    Integer value{};
    if (rest_.size() < sizeof value) {
      fail();
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view text() {
    const auto size = number<std::uint32_t>();
    if (rest_.size() < size) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  std::string_view rest() { return std::exchange(rest_, {}); }

  [[nodiscard]] bool ok() const { return ok_; }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace narwhal

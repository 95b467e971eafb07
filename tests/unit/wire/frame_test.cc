#include "wire/frame.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

std::string frame(std::uint32_t kind, std::string_view body) {
  const FrameHeader header{static_cast<std::uint32_t>(body.size()), kind};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(body);
}

struct Frame {
  std::uint32_t kind;
  std::string body;
  friend bool operator==(const Frame&, const Frame&) = default;
};

// All whole frames of `bytes`, fed in pieces of `chunk`.
std::vector<Frame> decode(std::string_view bytes, std::size_t chunk) {
  FrameDecoder decoder{1 << 20};
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    decoder.append(bytes.substr(at, chunk));
    while (true) {
      auto next = decoder.next();
      EXPECT_TRUE(next);
      if (!next->has_value()) break;
      frames.push_back({(**next).kind, std::string{(**next).body}});
    }
  }
  return frames;
}

TEST(FrameDecoder, TakesAnyChunking) {
  const std::string large(100'000, 'x');
  const std::string bytes = frame(1, "one") + frame(2, "") + frame(3, large) + frame(4, "four");
  const std::vector<Frame> expected = {{1, "one"}, {2, ""}, {3, large}, {4, "four"}};
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{9},
                                  std::size_t{65'536}, bytes.size()}) {
    EXPECT_EQ(decode(bytes, chunk), expected) << "chunks of " << chunk;
  }
}

TEST(FrameDecoder, RefusesASizeOverItsLimitBeforeAllocatingIt) {
  FrameDecoder decoder{1000};
  const FrameHeader header{0xffff'fff0, 1};
  decoder.append({reinterpret_cast<const char*>(&header), sizeof header});
  const auto next = decoder.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::too_large);
}

TEST(FrameDecoder, SaysHowMuchIsMissing) {
  FrameDecoder decoder{1 << 20};
  EXPECT_EQ(decoder.missing(), 0U);
  decoder.append(frame(1, std::string(100, 'x')).substr(0, 50));
  EXPECT_EQ(decoder.missing(), 58U);
}

TEST(FrameDecoder, DetachedBytesKeepTheirFrameValid) {
  FrameDecoder decoder{1 << 20};
  const std::string body(200, 'a');
  decoder.append(frame(1, body) + frame(2, "two").substr(0, 5));
  auto first = decoder.next();
  ASSERT_TRUE(first && first->has_value());
  const std::string_view view = (**first).body;
  const std::string held = decoder.detach();
  decoder.append(frame(2, "two").substr(5));
  auto second = decoder.next();
  ASSERT_TRUE(second && second->has_value());
  EXPECT_EQ((**second).body, "two");
  EXPECT_EQ(view, body);
}

TEST(BodyReader, ReadingPastTheEndIsAnErrorNotACrash) {
  BodyReader body{"abc"};
  EXPECT_EQ(body.number<std::uint64_t>(), 0U);
  EXPECT_FALSE(body.ok());
  EXPECT_EQ(body.text(), "");
}

}  // namespace
}  // namespace narwhal

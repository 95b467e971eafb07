#include "sdk/utf8.h"

#include <gtest/gtest.h>

namespace narwhal::sdk {
namespace {

TEST(Utf8, LeavesValidTextAlone) {
  EXPECT_EQ(escape_invalid_utf8("aé€😀\n"), "aé€😀\n");
  EXPECT_EQ(escape_invalid_utf8(""), "");
}

TEST(Utf8, EscapesEveryByteThatIsNot) {
  EXPECT_EQ(escape_invalid_utf8("a\xff\xfez"), "a\\xFF\\xFEz");
  EXPECT_EQ(escape_invalid_utf8("\xed\xa0\xbd"), "\\xED\\xA0\\xBD");
  EXPECT_EQ(escape_invalid_utf8("é\xc3"), "é\\xC3");
  EXPECT_EQ(escape_invalid_utf8("\xe2\x82"), "\\xE2\\x82");
}

TEST(Utf8, TruncatesBetweenCharacters) {
  EXPECT_EQ(truncate("short", 5), "short");
  EXPECT_EQ(truncate("ab\u20accd", 4), "ab... (truncated, 7 bytes)");
  EXPECT_EQ(truncate("ab\u20accd", 5), "ab\u20ac... (truncated, 7 bytes)");
}

}  // namespace
}  // namespace narwhal::sdk

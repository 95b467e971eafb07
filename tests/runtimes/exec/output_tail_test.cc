#include "runtimes/exec/output_tail.h"

#include <gtest/gtest.h>

namespace narwhal::exec {
namespace {

OutputTail tail_of(std::string_view bytes) {
  OutputTail tail;
  tail.append(bytes);
  return tail;
}

TEST(Printable, ValidTextIsUnchanged) {
  const std::string text = "tab\t newline\n caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\xB3";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, WhatIsNoUtf8IsEscaped) {
  EXPECT_EQ(printable("\xFF"), "\\xFF");
  EXPECT_EQ(printable("\xC3"), "\\xC3");
  EXPECT_EQ(printable("\xC0\x80"), "\\xC0\\x80") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\xBD"), "\\xED\\xA0\\xBD") << "half a surrogate pair";
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80") << "past U+10FFFF";
}

TEST(Printable, ControlCharactersAreEscaped) {
  EXPECT_EQ(printable(std::string_view("\0\r\x1B\x7F", 4)), "\\x00\\x0D\\x1B\\x7F");
}

TEST(OutputTail, KeepsShortOutputWhole) {
  EXPECT_EQ(tail_of("one\ntwo\n").text(), "one\ntwo\n");
  EXPECT_EQ(tail_of("one\ntwo\n\n").last_line(), "two");
  EXPECT_EQ(tail_of(" \n\n").last_line(), "");
  EXPECT_EQ(tail_of("").text(), "");
}

TEST(OutputTail, SaysHowMuchIsLeftOut) {
  OutputTail tail;
  for (int i = 0; i < 30'000; ++i) tail.append("x");
  EXPECT_EQ(tail.text(), "[truncated: the last 8192 of 30000 bytes]\n" + std::string(8192, 'x'));
}

TEST(OutputTail, ExactlyTheLimitIsNotTruncated) {
  EXPECT_EQ(tail_of(std::string(OutputTail::kLimit, 'x')).text(),
            std::string(OutputTail::kLimit, 'x'));
}

TEST(OutputTail, NeverBeginsInTheMiddleOfACharacter) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += "\xE2\x82\xAC";
  EXPECT_EQ(tail_of(bytes).text().find("\\x"), std::string::npos);
  EXPECT_EQ(tail_of(bytes).last_line().find("\\x"), std::string::npos);
}

TEST(OutputTail, LongLastLineIsCut) {
  EXPECT_EQ(tail_of(std::string(2000, 'x')).last_line(), "..." + std::string(500, 'x'));
}

}  // namespace
}  // namespace narwhal::exec

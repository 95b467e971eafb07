#include "sdk/exception_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace narwhal::sdk {
namespace {

struct Silent : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

template <typename E>
ExceptionText thrown(E error) {
  return describe_exception(std::make_exception_ptr(std::move(error)));
}

// `depth` exceptions around an innermost one.
void throw_nested(int depth) {
  try {
    if (depth == 0) throw 7;
    throw_nested(depth - 1);
  } catch (...) {
    std::throw_with_nested(std::runtime_error("level " + std::to_string(depth)));
  }
}

TEST(ExceptionText, NamesTypesAsTheyAreWritten) {
  EXPECT_EQ(thrown(std::out_of_range("x")).type, "std::out_of_range");
  EXPECT_EQ(thrown(std::filesystem::filesystem_error("x", std::error_code())).type,
            "std::filesystem::filesystem_error");
  EXPECT_EQ(thrown(Silent()).type, "narwhal::sdk::Silent");
  EXPECT_EQ(thrown(42).type, "int");
  EXPECT_EQ(thrown(std::string("s")).type, "std::string");
  EXPECT_EQ(thrown(1.5).message, "an exception without a message");
}

TEST(ExceptionText, SurvivesAMissingMessage) {
  EXPECT_EQ(thrown(Silent()).message, "");
  EXPECT_EQ(describe_exception(nullptr).type, "unknown exception");
}

TEST(ExceptionText, ListsCausesFromTheOutsideIn) {
  try {
    throw_nested(1);
  } catch (...) {
    const ExceptionText text = describe_exception(std::current_exception());
    EXPECT_EQ(text.type, "std::runtime_error");
    EXPECT_EQ(text.message, "level 1");
    EXPECT_EQ(text.causes, "caused by std::runtime_error: level 0\ncaused by int: 7\n");
  }
}

TEST(ExceptionText, BoundsWhatItKeeps) {
  try {
    throw_nested(100);
  } catch (...) {
    EXPECT_LT(describe_exception(std::current_exception()).causes.size(), 1000U);
  }
  const std::string message = thrown(std::runtime_error(std::string(5'000'000, '\xff'))).message;
  EXPECT_LT(message.size(), 17'000U);
  EXPECT_NE(message.find("truncated"), std::string::npos);
}

}  // namespace
}  // namespace narwhal::sdk

#include "narwhal/place.h"

#include "narwhal/job_errors.h"
#include "sdk/describe.h"
#include "sdk/utf8.h"

namespace narwhal {

std::string Place::text() const {
  if (outer_ == nullptr) {
    return std::string(name_) + "#perform argument " + std::to_string(number_) + " (" + type_() +
           ")";
  }
  if (number_ > 0) return outer_->text() + ", element " + std::to_string(number_);
  return outer_->text() + ", key \"" + sdk::truncate(name_, 100) + "\"";
}

void Place::expected(const std::string& expected, const Value& got) const {
  throw ArgumentError(text() + ": expected " + expected + ", got " + sdk::describe(got));
}

void Place::fail(const std::string& problem) const { throw ArgumentError(text() + ": " + problem); }

}  // namespace narwhal

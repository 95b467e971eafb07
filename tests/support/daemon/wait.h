// Waiting in tests: for a condition, never for a time. A deadline only ends a test that has failed.
#pragma once

#include <chrono>
#include <functional>

namespace narwhal::test {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// Generous: a machine that also does other things must not fail a test.
inline constexpr milliseconds kPatience = 30s;

// True as soon as `condition` holds; false when it does not within `patience`.
bool eventually(const std::function<bool()>& condition, milliseconds patience = kPatience);

// True when `condition` holds for the whole of `span`. For what must not happen.
bool stays(const std::function<bool()>& condition, milliseconds span);

}  // namespace narwhal::test

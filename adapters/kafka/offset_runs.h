// OffsetRuns: a set of offsets, kept as runs of neighbours. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace narwhal::kafka {

class OffsetRuns {
 public:
  void add(std::int64_t offset) { add(offset, offset + 1); }
  // From `begin` to before `end`.
  void add(std::int64_t begin, std::int64_t end);
  void remove(std::int64_t offset) { remove(offset, offset + 1); }
  void remove(std::int64_t begin, std::int64_t end);
  void clear() { runs_.clear(); }

  [[nodiscard]] bool contains(std::int64_t offset) const {
    const auto after = runs_.upper_bound(offset);
    return after != runs_.begin() && std::prev(after)->second > offset;
  }
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  // How many offsets there are.
  [[nodiscard]] std::int64_t count() const;
  // By where they begin: where they end.
  [[nodiscard]] const std::map<std::int64_t, std::int64_t>& runs() const { return runs_; }

  friend bool operator==(const OffsetRuns&, const OffsetRuns&) = default;

 private:
  std::map<std::int64_t, std::int64_t> runs_;
};

inline void OffsetRuns::add(std::int64_t begin, std::int64_t end) {
  if (begin >= end) return;
  auto at = runs_.upper_bound(begin);
  if (at != runs_.begin() && std::prev(at)->second >= begin) {
    --at;
    begin = at->first;
    if (at->second >= end) return;
    at = runs_.erase(at);
  }
  while (at != runs_.end() && at->first <= end) {
    if (at->second > end) end = at->second;
    at = runs_.erase(at);
  }
  runs_.emplace_hint(at, begin, end);
}

inline void OffsetRuns::remove(std::int64_t begin, std::int64_t end) {
  if (begin >= end) return;
  auto at = runs_.upper_bound(begin);
  if (at != runs_.begin() && std::prev(at)->second > begin) {
    --at;
    const std::int64_t rest = at->second;
    if (at->first < begin) {
      at->second = begin;
      ++at;
    } else {
      at = runs_.erase(at);
    }
    if (rest > end) {
      runs_.emplace_hint(at, end, rest);
      return;
    }
  }
  while (at != runs_.end() && at->first < end) {
    const std::int64_t rest = at->second;
    at = runs_.erase(at);
    if (rest > end) runs_.emplace_hint(at, end, rest);
  }
}

inline std::int64_t OffsetRuns::count() const {
  std::int64_t count = 0;
  for (const auto& [begin, end] : runs_) count += end - begin;
  return count;
}

}  // namespace narwhal::kafka

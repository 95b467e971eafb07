// The few statistics the benchmarks print.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace narwhal::bench {

// The value below which `share` (0 to 1) of the values lie; 0 for none.
inline double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = share * static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::lround(rank))];
}

inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

}  // namespace narwhal::bench

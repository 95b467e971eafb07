#include "job_stats.h"

#include <algorithm>
#include <charconv>

namespace narwhal::beanstalkd {

std::string_view yaml_text(std::string_view yaml, std::string_view key) {
  while (!yaml.empty()) {
    const std::size_t end = std::min(yaml.find('\n'), yaml.size());
    std::string_view line = yaml.substr(0, end);
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
    if (line.size() <= key.size() || line.substr(0, key.size()) != key) continue;
    if (line[key.size()] != ':') continue;
    line.remove_prefix(std::min(key.size() + 2, line.size()));
    // Newer servers put names in quotes.
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
      line = line.substr(1, line.size() - 2);
    }
    return line;
  }
  return {};
}

std::uint64_t yaml_number(std::string_view yaml, std::string_view key) {
  const std::string_view text = yaml_text(yaml, key);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

JobStats read_job_stats(std::string_view yaml) {
  const auto number = [yaml](std::string_view key) {
    return static_cast<std::uint32_t>(yaml_number(yaml, key));
  };
  JobStats stats;
  stats.tube = yaml_text(yaml, "tube");
  stats.priority = number("pri");
  stats.ttr = number("ttr");
  stats.age = yaml_number(yaml, "age");
  stats.reserves = number("reserves");
  stats.releases = number("releases");
  stats.buries = number("buries");
  return stats;
}

}  // namespace narwhal::beanstalkd

// A configuration in the making: what has been read so far, what was wrong with it, and where each
// key came from, so that a rule over two keys can still name a line. Lives for one load_config().
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "cli/config_problem.h"
#include "narwhal/config.h"

namespace narwhal {

struct ConfigDraft {
  explicit ConfigDraft(std::string path) : file(std::move(path)) { config.path = file; }

  // Where a key was set: a line of the file, or an environment variable.
  struct Place {
    std::string source;
    int line = 0;
    int column = 0;
  };

  std::string file;
  Config config;
  ConfigProblems problems;
  ConfigProblems warnings;
  std::map<std::string, Place> places;  // by path; keys of brokers as "broker[0].url"
  std::set<std::string> failed;         // paths whose value was refused
  std::set<std::string> variables;      // environment variables that the file refers to

  [[nodiscard]] bool is_set(const std::string& path) const { return places.contains(path); }
  [[nodiscard]] bool has_failed(const std::string& path) const { return failed.contains(path); }

  // `path` as in `places`; `shown` is what the operator wrote, where that differs.
  void refuse(const std::string& path, std::string message, const std::string& shown = "") {
    const auto found = places.find(path);
    const Place place = found == places.end() ? Place{file, 0, 0} : found->second;
    problems.push_back(
        {place.source, place.line, place.column, shown.empty() ? path : shown, std::move(message)});
    failed.insert(path);
  }
};

}  // namespace narwhal

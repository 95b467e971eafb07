// One mistake in the configuration, with the place where the operator finds it. Values, collected
// until everything has been read, so that one run shows them all.
#pragma once

#include <string>
#include <vector>

namespace narwhal {

struct ConfigProblem {
  std::string file;  // or the environment variable that set the key
  int line = 0;      // 0: no particular line
  int column = 0;
  std::string key;      // "stop.drain_timeout", "broker.url"; may be empty
  std::string message;  // what is wrong, and what to write instead

  // file:line:column: key: message
  [[nodiscard]] std::string text() const {
    std::string out = file;
    if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
    if (!key.empty()) out += ": " + key;
    return out + ": " + message;
  }
};

using ConfigProblems = std::vector<ConfigProblem>;

}  // namespace narwhal

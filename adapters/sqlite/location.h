// Where an SQLite queue lives: the database and the files that stand beside it.
#pragma once

#include <string>

#include "narwhal/result.h"

namespace narwhal::sqlite {

struct Location {
  std::string path;       // of the database: absolute, symbolic links resolved
  std::string directory;  // its directory
  std::string name;       // its name in there

  [[nodiscard]] std::string wal_name() const { return name + "-wal"; }
  // The side file whose byte N is locked by owner N for as long as it lives.
  [[nodiscard]] std::string owners_path() const { return path + "-owners"; }
  // The datagram socket that wakes owner N.
  [[nodiscard]] std::string wake_name(std::int64_t owner) const {
    return name + "-wake-" + std::to_string(owner);
  }
};

// The path in "sqlite:PATH" or "sqlite:///PATH", as written. A "?" begins parameters in the URLs of
// other brokers; here it is refused. Looks at nothing but the text.
Result<std::string> path_in_url(const std::string& url);

// Makes the path independent of the current directory. The file need not exist.
Result<Location> locate(const std::string& url);

}  // namespace narwhal::sqlite

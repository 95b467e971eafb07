// Which file a path leads to. While somebody holds the file open its id is not used again, so a
// changed id means that the file was moved, deleted or replaced. Taken with stat(): opening and
// closing the database ourselves would drop sqlite3's locks on it.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

namespace narwhal::sqlite {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const FileId&, const FileId&) = default;
};

// Nothing when the path leads nowhere.
inline std::optional<FileId> file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

}  // namespace narwhal::sqlite

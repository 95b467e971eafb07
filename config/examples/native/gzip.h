// Compresses a file with zlib.
#pragma once

#include <cstdint>
#include <string>

namespace example {

struct Compressed {
  unsigned long crc32 = 0;  // of the original
  std::uint64_t bytes = 0;  // of the original
};

// Throws std::runtime_error.
Compressed gzip_file(const std::string& from, const std::string& to);

}  // namespace example

#include "gzip.h"

#include <zlib.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace example {

Compressed gzip_file(const std::string& from, const std::string& to) {
  std::ifstream in(from, std::ios::binary);
  if (!in) throw std::runtime_error("unable to open: " + from);
  std::unique_ptr<gzFile_s, int (*)(gzFile)> out(::gzopen(to.c_str(), "wb"), &::gzclose);
  if (!out) throw std::runtime_error("unable to create: " + to);

  Compressed result;
  std::array<char, std::size_t{64} * 1024> block;
  while (in.read(block.data(), block.size()) || in.gcount() > 0) {
    const auto size = static_cast<unsigned>(in.gcount());
    result.crc32 = ::crc32(result.crc32, reinterpret_cast<const Bytef*>(block.data()), size);
    result.bytes += size;
    if (::gzwrite(out.get(), block.data(), size) != static_cast<int>(size)) {
      throw std::runtime_error("unable to write: " + to);
    }
  }
  if (in.bad()) throw std::runtime_error("unable to read: " + from);
  if (::gzclose(out.release()) != Z_OK) throw std::runtime_error("unable to write: " + to);
  return result;
}

}  // namespace example

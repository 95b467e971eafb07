// Lines of a stream in bounded memory: a line over the limit is reported, never collected whole.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

namespace narwhal {

class LineReader {
 public:
  enum class Outcome { line, too_long, end, failed };

  LineReader(std::istream& in, std::size_t limit) : in_(in), limit_(limit) {}

  // The next line without its line feed, all other bytes as they are. After too_long or failed
  // nothing more can be read.
  Outcome next(std::string& line);

  // Of the line that next() gave last; counts from 1.
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  bool fill();

  std::istream& in_;
  std::size_t limit_;
  std::size_t number_ = 0;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
};

}  // namespace narwhal

// Standard input as a stream that can tell its end from a failed read. std::cin cannot: a
// descriptor that is closed, or a folder, reads there as empty input, and an empty job would be
// stored for it.
#pragma once

#include <array>
#include <istream>
#include <optional>
#include <streambuf>

#include "narwhal/result.h"

namespace narwhal {

class DescriptorInput final : public std::streambuf {
 public:
  // Borrows the descriptor.
  explicit DescriptorInput(int descriptor) : descriptor_(descriptor) {}

  // The errno of the read that failed; 0: none did.
  [[nodiscard]] int failure() const { return failure_; }

 protected:
  int_type underflow() override;

 private:
  int descriptor_;
  int failure_ = 0;
  std::array<char, std::size_t{64} * 1024> buffer_;
};

// Why reading stopped, if it was not the end of the input.
std::optional<Error> input_failure(const std::istream& in);

}  // namespace narwhal

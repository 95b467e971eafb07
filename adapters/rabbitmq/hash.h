// Hash: a name of 128 bits for a message that brought none. Nothing here guards against malice.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace narwhal::rabbitmq {

class Hash {
 public:
  // Each part counts with its length, so that parts cannot run into each other.
  void add(std::string_view part) {
    mix(part.size());
    for (; part.size() >= 8; part.remove_prefix(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, part.data(), 8);
      mix(word);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, part.data(), part.size());
    mix(word);
  }

  [[nodiscard]] std::string text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::uint64_t half : halves_) {
      half = spread(half);
      for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(half >> shift) & 0x0f];
    }
    return text;
  }

 private:
  static std::uint64_t spread(std::uint64_t word) {
    word ^= word >> 32;
    word *= 0xd6e8feb86659fd93;
    word ^= word >> 29;
    word *= 0xa0761d6478bd642f;
    return word ^ (word >> 32);
  }
  void mix(std::uint64_t word) {
    halves_[0] = (halves_[0] ^ spread(word)) * 0x9fb21c651e98df25;
    halves_[1] = spread(halves_[1] + word) ^ halves_[0];
  }

  std::array<std::uint64_t, 2> halves_ = {0x243f6a8885a308d3, 0x13198a2e03707344};
};

}  // namespace narwhal::rabbitmq

#include "turn_reply.h"

#include <algorithm>
#include <charconv>

namespace narwhal::redis {
namespace {

constexpr std::size_t kFixedParts = 5;
// A job due further ahead than this is looked at again by then; also keeps the clock from overflow.
constexpr std::int64_t kLongestWait = std::int64_t{24} * 3600 * 1'000'000;

void read_wait(std::string_view text, TurnReply& turn) {
  turn.looked = !text.empty();
  std::int64_t micros = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (text.empty() || text == "-") return;
  if (code != std::errc{}) micros = kLongestWait;
  turn.wait = std::chrono::microseconds{std::clamp<std::int64_t>(micros, 0, kLongestWait)};
}

}  // namespace

std::optional<TurnReply> TurnReply::parse(const redisReply& reply, std::size_t queues) {
  const auto parts = elements(reply);
  if (parts.size() < kFixedParts || (parts.size() - kFixedParts) % 3 != 0) return std::nullopt;
  TurnReply turn;
  const auto refused = elements(*parts[0]);
  for (std::size_t i = 0; i + 1 < refused.size(); i += 2) {
    turn.refused.push_back({text(*refused[i]), text(*refused[i + 1])});
  }
  read_wait(text(*parts[1]), turn);
  turn.set_aside = parts[2]->integer;
  turn.problem = text(*parts[3]);
  turn.all_empty = parts[4]->integer == 1;
  for (std::size_t i = kFixedParts; i < parts.size(); i += 3) {
    const auto index = static_cast<std::size_t>(parts[i]->integer);
    if (index < 1 || index > queues) return std::nullopt;
    turn.batches.push_back(
        {index - 1, static_cast<Reservation>(parts[i + 1]->integer), elements(*parts[i + 2])});
  }
  return turn;
}

}  // namespace narwhal::redis

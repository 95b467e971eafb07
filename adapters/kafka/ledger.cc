#include "ledger.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace narwhal::kafka {
namespace {

constexpr std::string_view kHead = "nw1";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kLongestName = 100;
// No distance in a partition is greater.
constexpr int kMostShift = 60;

void put(std::uint64_t number, std::string& text) {
  for (; number >= 32; number >>= 5U) text += kDigits[(number & 31U) | 32U];
  text += kDigits[number];
}

std::optional<std::int64_t> take(std::string_view& text) {
  std::uint64_t number = 0;
  for (int shift = 0; shift <= kMostShift; shift += 5) {
    if (text.empty()) return {};
    const std::size_t digit = kDigits.find(text.front());
    if (digit == std::string_view::npos) return {};
    text.remove_prefix(1);
    number |= static_cast<std::uint64_t>(digit & 31U) << static_cast<unsigned>(shift);
    if (digit < 32) return static_cast<std::int64_t>(number & (~std::uint64_t{0} >> 2U));
  }
  return {};
}

// As many as fit into `room`.
void put_runs(const OffsetRuns& runs, std::int64_t mark, std::size_t room, std::string& text) {
  const std::size_t most = text.size() + room;
  std::int64_t at = mark;
  for (const auto& [begin, end] : runs.runs()) {
    const std::size_t before = text.size();
    put(static_cast<std::uint64_t>(begin - at), text);
    put(static_cast<std::uint64_t>(end - begin), text);
    if (text.size() > most) {
      text.resize(before);
      return;
    }
    at = end;
  }
}

// False: damaged. What could be read by then stands in `runs`.
bool take_runs(std::string_view text, std::int64_t mark, OffsetRuns& runs) {
  std::int64_t at = mark;
  while (!text.empty()) {
    const auto gap = take(text);
    const auto length = gap ? take(text) : gap;
    if (!length || *gap > INT64_MAX / 2 - at || *length > INT64_MAX / 2 - at) return false;
    runs.add(at + *gap, at + *gap + *length);
    at += *gap + *length;
  }
  return true;
}

std::string_view cut(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return piece;
}

}  // namespace

Ledger::Ledger(std::string me, std::int64_t mark, std::string_view metadata) : me_(std::move(me)) {
  mark_ = next_ = std::max(mark, kUnknown);
  if (mark_ < 0 || cut(metadata, ':') != kHead) return;
  OffsetRuns finished;
  if (take_runs(cut(metadata, ':'), mark_, finished)) finished_ = std::move(finished);
  while (!metadata.empty()) {
    std::string_view entry = cut(metadata, ':');
    const std::string claimant(cut(entry, '='));
    OffsetRuns claims;
    // Its own, from before it lost the partition and found it as it was, were no crash.
    if (take_runs(entry, mark_, claims) && claimant != me_) claims_[claimant] = std::move(claims);
  }
  advance();
}

Ledger::Arrival Ledger::arrived(std::int64_t offset) {
  if (mark_ == kUnknown) mark_ = next_ = offset;
  if (offset < next_) return is_finished(offset) ? Arrival::finished : Arrival::known;
  if (offset > next_) {
    finished_.add(next_, offset);
    for (auto& [claimant, claims] : claims_) claims.remove(next_, offset);
  }
  next_ = offset + 1;
  advance();
  if (is_finished(offset)) return Arrival::finished;
  ++open_;
  return claimant(offset).empty() ? Arrival::fresh : Arrival::orphan;
}

std::string Ledger::claimant(std::int64_t offset) const {
  for (const auto& [claimant, claims] : claims_) {
    if (claimant != me_ && claims.contains(offset)) return claimant;
  }
  return {};
}

void Ledger::unclaim(std::int64_t offset) { claims_[me_].remove(offset); }

void Ledger::finish(std::int64_t offset) {
  if (offset >= next_ || is_finished(offset)) return;
  --open_;
  finished_.add(offset);
  for (auto& [claimant, claims] : claims_) claims.remove(offset);
  advance();
}

void Ledger::forget() {
  mark_ = next_ = kUnknown;
  open_ = 0;
  finished_.clear();
  claims_.clear();
}

void Ledger::advance() {
  while (!finished_.empty() && finished_.runs().begin()->first <= mark_) {
    const auto [begin, end] = *finished_.runs().begin();
    mark_ = std::max(mark_, end);
    finished_.remove(begin, end);
  }
}

bool Ledger::has_room(std::size_t most_text) const {
  // An open one may come to stand alone between finished ones, and claimed: four small numbers.
  const std::size_t open = 4 * static_cast<std::size_t>(open_ + 1);
  std::size_t runs = finished_.runs().size();
  for (const auto& [claimant, claims] : claims_) runs += claims.runs().size() + kLongestName / 8;
  // Most often a look at these numbers is enough.
  if (runs * 8 + open < most_text / 2) return true;
  return mark_ == kUnknown || text(true, SIZE_MAX / 2).size() + open < most_text;
}

std::string Ledger::text(bool claims, std::size_t most_text) const {
  std::string text(kHead);
  text += ':';
  std::size_t names = 0;
  for (const auto& [claimant, runs] : claims_) {
    if (!runs.empty() && (claims || claimant != me_)) names += claimant.size() + 2;
  }
  const auto room = [&] { return most_text - std::min(most_text, text.size() + names); };
  put_runs(finished_, mark_, room(), text);
  for (const auto& [claimant, runs] : claims_) {
    if (runs.empty() || (!claims && claimant == me_)) continue;
    if (text.size() + claimant.size() + 2 > most_text) break;
    text.append(":").append(claimant).append("=");
    names -= claimant.size() + 2;
    put_runs(runs, mark_, room(), text);
  }
  return text;
}

std::string claimant_name(std::string_view master, std::int64_t pid, std::string_view incarnation) {
  std::string name(master.substr(0, kLongestName - 40));
  for (char& c : name) {
    if (c <= ' ' || c > '~' || c == ':' || c == '=' || c == '@') c = '?';
  }
  return name + "@" + std::to_string(pid) + "@" + std::string(incarnation.substr(0, 16));
}

Claimant read_claimant(std::string_view name) {
  Claimant claimant;
  claimant.master = cut(name, '@');
  const std::string_view pid = cut(name, '@');
  std::from_chars(pid.data(), pid.data() + pid.size(), claimant.pid);
  return claimant;
}

}  // namespace narwhal::kafka

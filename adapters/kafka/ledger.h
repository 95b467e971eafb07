// Ledger: what has become of the messages of one partition: the mark (all before it are finished),
// those finished above the mark, those claimed, that is, in a master's hands. It travels in the
// metadata of the committed offset, so whoever has the partition next repeats nothing that is
// finished and knows what a dead master had in hand. Pure.
//
// The text, below the 4096 bytes that servers allow: "nw1" then ":" and the finished runs, then for
// each claimant ":", its name, "=" and its runs. Runs are distances in turn, from the mark to the
// first, its length, to the next, and so on; each a number in digits of 5 bits, the lowest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "offset_runs.h"

namespace narwhal::kafka {

class Ledger {
 public:
  static constexpr std::int64_t kUnknown = -1;
  // Of the text; some are left to the server for its own.
  static constexpr std::size_t kMostText = 4000;

  enum class Arrival : std::uint8_t {
    fresh,     // to be run
    finished,  // ran to its end already
    orphan,    // was in the hands of a master that is no more
    known,     // came before, and is not finished
  };

  // `me`: the name of whoever keeps it, as a claimant; one that no other has had or will have.
  explicit Ledger(std::string me) : me_(std::move(me)) {}
  // As committed. Metadata of others than Narwhal counts as none.
  Ledger(std::string me, std::int64_t mark, std::string_view metadata);

  // In the order of offsets. What lies between two that came was deleted, or never a message: it
  // counts as finished.
  Arrival arrived(std::int64_t offset);
  // Who had claimed that orphan.
  [[nodiscard]] std::string claimant(std::int64_t offset) const;

  void claim(std::int64_t offset) { claims_[me_].add(offset); }
  void unclaim(std::int64_t offset);
  void finish(std::int64_t offset);
  // The partition was created anew.
  void forget();

  // Everything before it is finished; kUnknown: nothing came yet.
  [[nodiscard]] std::int64_t mark() const { return mark_; }
  // What the next one to arrive is not below.
  [[nodiscard]] std::int64_t next() const { return next_; }
  [[nodiscard]] bool is_finished(std::int64_t offset) const {
    return offset < mark_ || finished_.contains(offset);
  }
  [[nodiscard]] std::int64_t finished_above_mark() const { return finished_.count(); }
  // Arrived and not finished.
  [[nodiscard]] std::int64_t open() const { return open_; }
  // Another one may come: whatever becomes of those that are open, all of it fits into the text.
  [[nodiscard]] bool has_room(std::size_t most_text = kMostText) const;

  // Precondition: the mark is known. `claims`: with those of this master. What does not fit is left
  // out, the newest first: that would run again.
  [[nodiscard]] std::string text(bool claims, std::size_t most_text = kMostText) const;

 private:
  void advance();

  std::string me_;
  std::int64_t mark_ = kUnknown;
  std::int64_t next_ = kUnknown;
  std::int64_t open_ = 0;
  OffsetRuns finished_;                       // above the mark
  std::map<std::string, OffsetRuns> claims_;  // by claimant
};

// A claimant's name as the text can hold it.
std::string claimant_name(std::string_view master, std::int64_t pid, std::string_view incarnation);
struct Claimant {
  std::string master;
  std::int64_t pid = 0;
};
Claimant read_claimant(std::string_view name);

}  // namespace narwhal::kafka

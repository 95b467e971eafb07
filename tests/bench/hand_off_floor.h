// The hand-off's floor: a master on bare select() and stream socket pairs, forked workers, jobs of
// `job_bytes` bytes that nothing is done with, replies of 16 bytes, strictly one job in flight per
// worker. No framing, no bookkeeping: what any prefork master on this design has to pay at least.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "subject.h"

namespace narwhal::bench {

struct FloorPlan {
  int workers = 1;
  std::size_t job_bytes = 300;
  Placement placement = Placement::free;
};

class HandOffFloor {
 public:
  // Starts the processes; they hand jobs over until the object ends.
  explicit HandOffFloor(const FloorPlan& plan);
  HandOffFloor(const HandOffFloor&) = delete;
  HandOffFloor& operator=(const HandOffFloor&) = delete;
  ~HandOffFloor();

  [[nodiscard]] const Subject& subject() const { return subject_; }
  // select() calls of the master so far; recv() and send() are one each per job on either side.
  [[nodiscard]] std::uint64_t selects() const;

 private:
  struct Shared;

  Shared* shared_;
  Subject subject_;
};

}  // namespace narwhal::bench

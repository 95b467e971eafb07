// Intake: makes deliveries of stored jobs. Reads each, gives it its number and, if it came without
// one, an id, and notes that we hold it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "claims.h"
#include "format.h"
#include "narwhal/clock.h"
#include "queue_order.h"
#include "reports.h"

namespace narwhal::redis {

class Intake {
 public:
  // All outlive it. `queues`: by the index that a stored job comes with.
  Intake(const std::vector<std::string>& queues, const Format& format, const Clock& clock,
         QueueOrder& order, Claims& claims, Reports& reports)
      : queues_(queues),
        format_(format),
        clock_(clock),
        order_(order),
        claims_(claims),
        reports_(reports) {}

  void hand_out(std::size_t queue, Reservation number, std::string_view stored);

 private:
  const std::vector<std::string>& queues_;
  const Format& format_;
  const Clock& clock_;
  QueueOrder& order_;
  Claims& claims_;
  Reports& reports_;
};

}  // namespace narwhal::redis

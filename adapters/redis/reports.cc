#include "reports.h"

#include <iterator>

namespace narwhal::redis {
namespace {

template <typename List>
void move_over(List& from, List& to) {
  if (to.empty()) return to.swap(from);
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

}  // namespace

bool Reports::any() const {
  return !events_.deliveries.empty() || !events_.published.empty() || !events_.lost.empty() ||
         !events_.notices.empty();
}

void Reports::move_to(BrokerEvents& events) {
  move_over(events_.deliveries, events.deliveries);
  move_over(events_.published, events.published);
  move_over(events_.lost, events.lost);
  move_over(events_.notices, events.notices);
  move_over(events_.depths, events.depths);
}

}  // namespace narwhal::redis

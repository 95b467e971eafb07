// How dead letters are shown: a table, one in full, or JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal {

// A dead letter with the broker it is in, as shown.
struct DeadRow {
  std::string broker;
  DeadLetter letter;
};

// A column for the broker appears if there are several.
std::string dead_table(const std::vector<DeadRow>& rows, bool several_brokers);
std::string dead_details(const DeadRow& row);

// `in_full`: with payload and history.
std::string dead_json(const DeadRow& row, bool in_full);

}  // namespace narwhal

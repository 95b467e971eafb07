// The daemon as shipped, with the in-memory adapter beside the others: what the benchmarks start.

#include "adapters/registry.h"
#include "program.h"
#include "tests/support/memory_broker.h"

int main(int argc, char** argv) {
  auto types = narwhal::all_broker_types();
  types.push_back(&narwhal::test::memory_broker_type());
  return narwhal::run_program(argc, argv, types);
}

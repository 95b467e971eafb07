// The daemon as shipped, with the in-memory adapter beside the others: what the benchmarks start.

#include "adapters/sqlite/sqlite_type.h"
#include "program.h"
#include "tests/support/memory_broker.h"

int main(int argc, char** argv) {
  return narwhal::run_program(
      argc, argv, {&narwhal::sqlite_broker_type(), &narwhal::test::memory_broker_type()});
}

// Names the adapters of this build; the rest is the same for every set of them.

#include "adapters/redis/redis_type.h"
#include "adapters/sqlite/sqlite_type.h"
#include "program.h"

int main(int argc, char** argv) {
  return narwhal::run_program(argc, argv,
                              {&narwhal::sqlite_broker_type(), &narwhal::redis_broker_type()});
}

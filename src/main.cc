// The program with every adapter of this build.

#include "adapters/registry.h"
#include "program.h"

int main(int argc, char** argv) {
  return narwhal::run_program(argc, argv, narwhal::all_broker_types());
}

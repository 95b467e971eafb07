#include "options.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace narwhal::bench {
namespace {

[[noreturn]] void usage(const char* program) {
  std::fprintf(stderr, "usage: %s [--smoke | --quick] [--rounds N] [--seconds S]\n", program);
  std::exit(64);
}

}  // namespace

Options Options::parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const bool has_value = i + 1 < argc;
    if (name == "--smoke") {
      options.smoke = true;
      options.rounds = 1;
      options.seconds = 0.05;
    } else if (name == "--quick") {
      options.quick = true;
      options.seconds = 0.5;
    } else if (name == "--rounds" && has_value) {
      options.rounds = std::atoi(argv[++i]);
    } else if (name == "--seconds" && has_value) {
      options.seconds = std::atof(argv[++i]);
    } else {
      usage(argv[0]);
    }
  }
  if (options.rounds < 1 || options.seconds <= 0) usage(argv[0]);
  return options;
}

}  // namespace narwhal::bench

// A benchmark that cannot go on says why and ends; there is nobody to recover for.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace narwhal::bench {

inline void check(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "unable to %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

}  // namespace narwhal::bench

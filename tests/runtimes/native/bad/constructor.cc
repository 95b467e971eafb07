// An application whose static constructor aborts while it is being loaded.
#include <narwhal/app.h>

#include <cstdlib>

namespace {
struct Aborts {
  Aborts() { std::abort(); }
};
const Aborts aborts;
}  // namespace

NARWHAL_APP(app) {}

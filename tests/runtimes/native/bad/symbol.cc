// An application that misses a library: dlopen(RTLD_NOW) cannot resolve the symbol.
#include <narwhal/app.h>

extern "C" void narwhal_test_missing_function();

struct Calls : narwhal::Job<Calls> {
  void perform() { narwhal_test_missing_function(); }
};

NARWHAL_APP(app) { app.add<Calls>(); }

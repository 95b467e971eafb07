#include <narwhal/app.h>

struct Greet : narwhal::Job<Greet> {
  void perform(std::string name, int times) {
    for (int i = 0; i < times; ++i) log_info("hello " + name);
  }
};

NARWHAL_APP(app) { app.add<Greet>(); }

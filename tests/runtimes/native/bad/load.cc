// An application that throws while it sets itself up.
#include <narwhal/app.h>

#include <stdexcept>

NARWHAL_APP(app) { throw std::runtime_error("no database in this test"); }

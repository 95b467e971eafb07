#include <narwhal/app.h>

#include "jobs.h"

NARWHAL_APP(app) { app.add<ChecksumFile, Flaky, Reminder, Crasher>(); }

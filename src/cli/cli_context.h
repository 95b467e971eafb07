// What main.cc gives the command line: the adapters of this build, the rest of the program as
// hooks, and the streams, so commands run the same inside a test.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "cli/config_rules.h"
#include "cli/variable_expansion.h"
#include "narwhal/clock.h"
#include "narwhal/config.h"
#include "narwhal/result.h"

namespace narwhal {

struct CliContext {
  BrokerTypes broker_types;
  Environment environment;
  std::function<int(const Config&)> run_daemon;        // returns the exit status
  std::function<int(int fd)> run_mold;                 // returns the exit status
  std::function<Result<void>(const Config&)> try_app;  // loads the application in a child
  std::function<std::string()> new_job_id;
  const Clock* clock = nullptr;
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
};

}  // namespace narwhal

// The exceptions of the job framework. They stay inside the application: at the boundary to the
// daemon each becomes an outcome of the run.
#pragma once

#include <stdexcept>
#include <string>

namespace narwhal {

// An argument that perform() cannot take, or that cannot be written as JSON. The run counts as
// failed.
class ArgumentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// perform_later() could not store the job.
class EnqueueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by perform() to be run again later without spending an attempt: what it needs is not there
// yet, or it was asked to stop.
class Postpone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace narwhal

// How commands report: one line on standard error, and the exit code that says whose mistake it
// was.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "cli/config_problem.h"
#include "exit_code.h"
#include "narwhal/result.h"

namespace narwhal {

// A mistake ends a command with its code; already reported.
inline constexpr ExitCode exit_code_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::too_large:
      return ExitCode::data;
    case ErrorKind::unavailable:
    case ErrorKind::refused:
      return ExitCode::unavailable;
    case ErrorKind::io:
      return ExitCode::io;
    case ErrorKind::internal:
      break;
  }
  return ExitCode::internal;
}

inline ExitCode report(std::ostream& err, ExitCode code, std::string_view message) {
  err << "narwhal: " << message << "\n";
  return code;
}

inline ExitCode report(std::ostream& err, const Error& error) {
  return report(err, exit_code_for(error.kind), error.text());
}

// Whatever keeps a broker from being opened, it could not be reached: a missing folder, a refused
// login and a server that is away are one thing to a script that tries again.
inline ExitCode report_unreachable(std::ostream& err, const Error& error) {
  return report(err, ExitCode::unavailable, error.text());
}

inline void report(std::ostream& err, const ConfigProblems& problems, std::string_view grade) {
  for (const ConfigProblem& problem : problems) err << grade << problem.text() << "\n";
}

// The last act of a command that printed something: was it written?
inline ExitCode finish_output(std::ostream& out, std::ostream& err) {
  out.flush();
  if (out.good()) return ExitCode::ok;
  return report(err, ExitCode::io, "unable to write to standard output");
}

}  // namespace narwhal

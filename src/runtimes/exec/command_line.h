// What to execute: the file found for the configured command, its arguments and its environment.
// The PATH search is done here, before fork(), and not by execvp(): that one hands a file without a
// "#!" line to the shell, and its error does not say where it looked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "narwhal/result.h"

namespace narwhal::exec {

struct CommandLine {
  std::string file;
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"
};

// PATH of this process, or the system's default one when there is none.
std::string path_variable();

// The file to execute for argv[0]: as it stands if it has a slash, else the first executable file
// of that name in `path` (directories separated by colons).
Result<std::string> find_command(const std::vector<std::string>& argv, std::string_view path);

// Why execve() of `file` failed with `number`, in words that name the culprit: the file itself or
// the interpreter in its first line.
std::string explain_exec_error(const std::string& file, int number);

}  // namespace narwhal::exec

#include "runtimes/exec/command_line.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "narwhal/posix_error.h"
#include "narwhal/unique_fd.h"

namespace narwhal::exec {
namespace {

constexpr const char* kUnableToRun = "unable to run command: ";

// 0, or the errno that execve() would give.
int check_executable(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EACCES;
  return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

// An empty entry of PATH means the working directory.
std::string join(std::string_view directory, const std::string& name) {
  return (directory.empty() ? std::string{"."} : std::string{directory}) + "/" + name;
}

Result<std::string> search(const std::string& name, std::string_view path) {
  std::string refused;
  std::string_view rest = path;
  while (true) {
    const std::size_t colon = rest.find(':');
    std::string file = join(rest.substr(0, colon), name);
    const int number = check_executable(file);
    if (number == 0) return file;
    // A folder that may not even be looked into is no sign of the file.
    if (number == EACCES && refused.empty() && ::access(file.c_str(), F_OK) == 0)
      refused = std::move(file);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (!refused.empty())
    return Error{ErrorKind::refused, kUnableToRun + refused, explain_exec_error(refused, EACCES)};
  return Error{ErrorKind::not_found, kUnableToRun + name, "not found in PATH=" + std::string{path}};
}

// The interpreter that the first line of `file` names, or empty.
std::string interpreter_of(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> head{};
  const ssize_t size = fd.valid() ? ::read(fd.get(), head.data(), head.size()) : -1;
  std::string_view line(head.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!line.starts_with("#!")) return {};
  line.remove_prefix(2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string{line.substr(0, line.find_first_of(" \t\n"))};
}

std::string explain_missing(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) return errno_text(ENOENT);
  std::string interpreter = interpreter_of(file);
  if (interpreter.ends_with('\r')) interpreter.replace(interpreter.size() - 1, 1, "\\r");
  if (interpreter.empty()) return "its program loader does not exist (built for another system?)";
  return "its interpreter does not exist: " + interpreter;
}

std::string explain_refused(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return "not a regular file";
  if (::access(file.c_str(), X_OK) == 0 && !interpreter_of(file).empty())
    return "its interpreter is not executable: " + interpreter_of(file);
  return errno_text(EACCES) + " (is it executable? try chmod +x)";
}

}  // namespace

std::string path_variable() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

Result<std::string> find_command(const std::vector<std::string>& argv, std::string_view path) {
  if (argv.empty() || argv.front().empty())
    return Error{ErrorKind::invalid, "unable to run command", "[app] command is empty"};
  const std::string& name = argv.front();
  if (name.find('/') == std::string::npos) return search(name, path);
  const int number = check_executable(name);
  if (number == 0) return name;
  Error error = posix_error(kUnableToRun + name, number);
  error.reason = explain_exec_error(name, number);
  return error;
}

std::string explain_exec_error(const std::string& file, int number) {
  switch (number) {
    case ENOENT:
      return explain_missing(file);
    case EACCES:
      return explain_refused(file);
    case ENOEXEC:
      return errno_text(number) + " (a script must begin with a line like #!/bin/sh)";
    case E2BIG:
      return errno_text(number) + " (arguments and environment together)";
    default:
      return errno_text(number);
  }
}

}  // namespace narwhal::exec

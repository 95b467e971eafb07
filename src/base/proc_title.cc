#include "base/proc_title.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace narwhal::proc_title {
namespace {

// The kernel keeps one such area per process, so one static record mirrors it.
char* area = nullptr;
std::size_t area_size = 0;

// The environment's new place, never given back: environ has to live as long as the process.
char** variables = nullptr;
char* variable_texts = nullptr;

void move_environment(std::size_t count) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += std::strlen(environ[i]) + 1;
  variables = new char*[count + 1];
  variable_texts = new char[size];
  char* to = variable_texts;
  for (std::size_t i = 0; i < count; ++i) {
    variables[i] = to;
    to = ::stpcpy(to, environ[i]) + 1;
  }
  variables[count] = nullptr;
  environ = variables;
}

}  // namespace

void claim(int argc, char** argv) {
  if (argc == 0) return;
  char* end = argv[0];
  for (int i = 0; i < argc && argv[i] == end; ++i) end = argv[i] + std::strlen(argv[i]) + 1;
  std::size_t count = 0;
  for (; environ[count] != nullptr; ++count) {
    if (environ[count] == end) end = environ[count] + std::strlen(environ[count]) + 1;
  }
  move_environment(count);
  area = argv[0];
  area_size = static_cast<std::size_t>(end - argv[0]);
}

void set(std::string_view title) {
  if (area_size == 0) return;
  const std::size_t size = std::min(title.size(), area_size - 1);
  std::memcpy(area, title.data(), size);
  std::memset(area + size, 0, area_size - size);
}

}  // namespace narwhal::proc_title

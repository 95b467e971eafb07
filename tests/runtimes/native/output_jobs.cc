#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "jobs.h"

namespace test_jobs {

void Print::perform(std::string how, std::string text, int times) {
  const std::string noise("\x00\x01\xff\xfe{\"\n", 7);
  for (int i = 0; i < times; ++i) {
    if (how == "printf") std::printf("%s\n", text.c_str());
    if (how == "cout") std::cout << text << "\n";
    if (how == "cerr") std::cerr << text << "\n";
    if (how == "noise") std::fwrite(noise.data(), 1, noise.size(), stdout);
    if (how == "write" && ::write(STDOUT_FILENO, (text + "\n").data(), text.size() + 1) < 0) {
      throw std::runtime_error("unable to write to descriptor 1");
    }
  }
}

void Log::perform(std::string level, std::string text, int times) {
  for (int i = 0; i < times; ++i) {
    if (level == "debug") log_debug(text);
    if (level == "info") log_info(text);
    if (level == "warning") log_warning(text);
    if (level == "error") log_error(text);
  }
}

}  // namespace test_jobs

#include "jobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "gzip.h"

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// One write() to a file opened for appending: lines of several workers never mix.
void append_line(const std::string& file, const std::string& line) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "unable to open: " + file);
  const std::string text = line + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  if (!written) throw std::system_error(errno, std::generic_category(), "unable to write: " + file);
}

std::string hex(unsigned long checksum) {
  char text[24];
  std::snprintf(text, sizeof text, "%08lx", checksum);
  return text;
}

}  // namespace

void ChecksumFile::perform(const std::string& path, const std::string& output_directory,
                           const std::string& results) {
  fs::create_directories(output_directory);
  const fs::path target = fs::path(output_directory) / (fs::path(path).filename().string() + ".gz");
  // Under a name of this job's own until it is whole: nobody ever sees half a file.
  const fs::path draft = target.string() + "." + std::string(job_id());
  const example::Compressed done = example::gzip_file(path, draft.string());
  fs::rename(draft, target);
  append_line(results, "checksum " + path + " crc32=" + hex(done.crc32) +
                           " bytes=" + std::to_string(done.bytes) +
                           " compressed=" + std::to_string(fs::file_size(target)));
}

void Flaky::configure(narwhal::JobOptions<Flaky>& options) {
  options.retry_on<TryAgain>({.attempts = 5, .wait = 1s});
}

void Flaky::perform(const std::string& results) {
  const std::string run = "flaky run " + std::to_string(executions());
  if (executions() <= 2) {
    append_line(results, run + ": fails");
    throw TryAgain("fails on purpose");
  }
  append_line(results, run + ": done");
}

void Reminder::perform(const std::string& text, const std::string& results) {
  append_line(results, "reminder " + text);
}

void Crasher::perform(const std::string& results) {
  append_line(results, "crasher crashes=" + std::to_string(crashes()) + ": crashes now");
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}

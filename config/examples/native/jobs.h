// The example's job classes. Each writes one line to `results` for each thing that happens to it.
#pragma once

#include <narwhal/job.h>

#include <stdexcept>
#include <string>

// The work: checksums a file and compresses it into a directory. Running it twice does no harm,
// which is what every job should be able to say of itself: after a crash a job is run again.
struct ChecksumFile : narwhal::Job<ChecksumFile> {
  void perform(const std::string& path, const std::string& output_directory,
               const std::string& results);
};

struct TryAgain : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Fails twice, then succeeds.
struct Flaky : narwhal::Job<Flaky> {
  static void configure(narwhal::JobOptions<Flaky>& options);
  void perform(const std::string& results);
};

// Does its work later: enqueue it with --in 3s, or Reminder::set({.wait = 3s}).perform_later(…).
struct Reminder : narwhal::Job<Reminder> {
  void perform(const std::string& text, const std::string& results);
};

// Takes its worker down each time it runs. After three crashes it is a dead letter.
struct Crasher : narwhal::Job<Crasher> {
  void perform(const std::string& results);
};

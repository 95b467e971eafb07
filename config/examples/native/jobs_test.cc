// Unit tests of the jobs themselves: no daemon, no broker. Any test framework will do; this needs
// none.
#include <narwhal/testing.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "jobs.h"

namespace {

namespace fs = std::filesystem;

void check(bool holds, const char* what) {
  std::cout << (holds ? "ok: " : "FAILED: ") << what << "\n";
  if (!holds) std::exit(1);
}

std::string contents(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

struct Directory {
  Directory() {
    std::string name = (fs::temp_directory_path() / "example-jobs-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::exit(1);
    path = name;
  }
  ~Directory() { fs::remove_all(path); }
  fs::path path;
};

void checksums_and_compresses(const fs::path& directory) {
  const narwhal::testing::Inline inline_mode;  // perform_later() now runs the job at once
  std::ofstream(directory / "input") << "123456789";
  ChecksumFile::perform_later((directory / "input").string(), (directory / "out").string(),
                              (directory / "results").string());
  check(contents(directory / "results").find("crc32=cbf43926 bytes=9 ") != std::string::npos,
        "the checksum is that of the file");
  check(fs::exists(directory / "out" / "input.gz"), "the compressed file is there");
}

void names_the_missing_file(const fs::path& directory) {
  const narwhal::testing::Inline inline_mode;
  std::string message;
  try {
    ChecksumFile::perform_later("/nowhere", directory.string(), (directory / "results").string());
  } catch (const std::exception& error) {
    message = error.what();
  }
  check(message == "unable to open: /nowhere", "a missing file is named");
}

void succeeds_the_third_time(const fs::path& directory) {
  const narwhal::testing::Inline inline_mode;
  Flaky::perform_later((directory / "flaky").string());
  check(contents(directory / "flaky") ==
            "flaky run 1: fails\nflaky run 2: fails\nflaky run 3: done\n",
        "a flaky job is retried until it succeeds");
}

void is_recorded_with_its_time(const fs::path& directory) {
  narwhal::testing::Recorder recorder;  // perform_later() now only remembers the job
  Reminder::set({.wait = std::chrono::hours{1}}).perform_later("tea", (directory / "tea").string());
  check(recorder.count<Reminder>() == 1, "the reminder is enqueued");
  check(recorder.jobs().front().run_at.has_value(), "for later");
  recorder.perform_enqueued_jobs();
  check(contents(directory / "tea") == "reminder tea\n", "and does its work");
}

}  // namespace

int main() {
  const Directory directory;
  checksums_and_compresses(directory.path);
  names_the_missing_file(directory.path);
  succeeds_the_third_time(directory.path);
  is_recorded_with_its_time(directory.path);
}

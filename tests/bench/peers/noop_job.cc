// The job of a side-by-side benchmark of job systems, in C++: what it does is what the same job
// does in every other system under test, so the difference is the system's.
//
//   NWB_RECORD          the file that a run is recorded in: two 64-bit CLOCK_MONOTONIC times in ns
//   NWB_WORK=cpu        PBKDF2 over NWB_CPU_ITERATIONS; the record is its start and its end.
//                       Otherwise nothing; the record is the enqueue time out of the payload, and
//                       now
#include <fcntl.h>
#include <narwhal/app.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct Settings {
  int record = -1;
  int iterations = 0;  // 0: no work

  static Settings from_environment() {
    Settings settings;
    const char* path = std::getenv("NWB_RECORD");
    if (path != nullptr) settings.record = ::open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (settings.record < 0) throw std::runtime_error("NWB_RECORD names no file to append to");
    const char* work = std::getenv("NWB_WORK");
    const char* iterations = std::getenv("NWB_CPU_ITERATIONS");
    if (work != nullptr && std::string_view{work} == "cpu") {
      settings.iterations = iterations == nullptr ? 1000 : std::atoi(iterations);
    }
    return settings;
  }
};

const Settings& settings() {
  static const Settings read = Settings::from_environment();
  return read;
}

void work(int iterations) {
  constexpr std::string_view kPassword = "narwhal-bench";
  const std::array<unsigned char, 16> salt{};
  std::array<unsigned char, 32> key{};
  PKCS5_PBKDF2_HMAC(kPassword.data(), static_cast<int>(kPassword.size()), salt.data(), salt.size(),
                    iterations, EVP_sha256(), key.size(), key.data());
}

void record(std::int64_t first, std::int64_t second) {
  const std::array<std::int64_t, 2> times{first, second};
  if (::write(settings().record, times.data(), sizeof times) != sizeof times) {
    throw std::runtime_error("unable to write to NWB_RECORD");
  }
}

struct NoopJob : narwhal::Job<NoopJob> {
  static constexpr std::string_view job_class = "NoopJob";

  void perform(const narwhal::Value& argument) {
    const std::int64_t start = now();
    if (settings().iterations > 0) {
      work(settings().iterations);
      return record(start, now());
    }
    const narwhal::Value* enqueued = argument.find("t");
    const auto* stamp = enqueued == nullptr ? nullptr : enqueued->get_if<std::int64_t>();
    record(stamp == nullptr ? 0 : *stamp, start);
  }
};

}  // namespace

NARWHAL_APP(app) {
  (void)settings();
  app.add<NoopJob>();
}

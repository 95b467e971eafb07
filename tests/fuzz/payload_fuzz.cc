// Fuzz target: any bytes as a job's payload. Whatever they are, the run ends in one of the
// outcomes; a retry keeps the arguments byte for byte; a value written and read again is the same
// value. Under clang with -fsanitize=fuzzer the library brings main(); otherwise replay_main.cc
// runs the corpus.
#include <narwhal/app.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sdk/runner.h"
#include "sdk/utf8.h"

namespace {

struct Takes : narwhal::Job<Takes> {
  static constexpr std::string_view job_class = "Takes";
  void perform(std::string, std::optional<int>, std::optional<narwhal::Value>) {}
};

struct Retries : narwhal::Job<Retries> {
  static constexpr std::string_view job_class = "Retries";
  static void configure(narwhal::JobOptions<Retries>& options) {
    options.retry_on<int>({.attempts = narwhal::unlimited});
  }
  void perform(std::optional<narwhal::Value>, std::optional<narwhal::Value>) { throw 1; }
};

class QuietHost final : public narwhal::RunHost {
 public:
  void log(narwhal::LogLevel, std::string_view) override {}
  [[nodiscard]] bool stopping() const override { return false; }
  [[nodiscard]] bool cancelled() const override { return false; }
  bool extend_deadline(std::chrono::milliseconds) override { return false; }
  void set_job_class(std::string_view) override {}
};

void require(bool holds) {
  if (!holds) std::abort();
}

// The text of the member that counts, the last of its name.
std::string_view text_of(const narwhal::sdk::Envelope& envelope,
                         narwhal::sdk::EnvelopeField field) {
  std::string_view text;
  for (const auto& member : envelope.members) {
    if (member.field == field) {
      text = envelope.payload.substr(member.value_begin, member.value_end - member.value_begin);
    }
  }
  return text;
}

void check_retry(std::string_view payload, const std::string& again) {
  using narwhal::sdk::EnvelopeField;
  narwhal::sdk::Envelope before;
  narwhal::sdk::Envelope after;
  require(before.read(payload).ok());
  require(after.read(again).ok());
  require(text_of(before, EnvelopeField::arguments) == text_of(after, EnvelopeField::arguments));
  require(text_of(before, EnvelopeField::other) == text_of(after, EnvelopeField::other));
  require(before.arguments == after.arguments);
  require(before.job_id == after.job_id);
}

void check_value(std::string_view text) {
  const auto value = narwhal::Value::parse(text);
  if (!value) return;
  const auto again = narwhal::Value::parse(value->to_json());
  require(again.ok() && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  narwhal::App app;
  app.add<Takes, Retries>();
  narwhal::sdk::Runner runner(app);
  QuietHost host;
  narwhal::sdk::RunInput input;
  input.payload = text;
  const auto& outcome = runner.run(input, host);
  require(narwhal::sdk::escape_invalid_utf8(outcome.message) == outcome.message);
  if (outcome.kind == NARWHAL_RETRIED) check_retry(text, outcome.again.payload);
  check_value(text);
  return 0;
}

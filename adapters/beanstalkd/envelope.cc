#include "envelope.h"

#include <array>
#include <charconv>
#include <system_error>

#include "hash.h"

namespace narwhal::beanstalkd {
namespace {

// Begins with a byte that no text has. The digit is the version of the layout.
constexpr std::string_view kMark{"\0narwhal1 ", 10};
constexpr std::size_t kHashSize = 16;
constexpr std::size_t kLongestHead = 300;

enum Field : std::size_t {
  id_size,
  queue_size,
  reason_size,
  history_size,
  priority,
  attempts,
  crashes,
  postponed,
  enqueued_at,
  ready_at,
  died_at,
  ttr,
  front,
  field_count,
};
using Fields = std::array<std::int64_t, field_count>;

bool read_fields(std::string_view& text, Fields& fields) {
  for (std::int64_t& field : fields) {
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), field);
    const auto used = static_cast<std::size_t>(stop - text.data());
    if (code != std::errc{} || used >= text.size() || *stop != ' ') return false;
    text.remove_prefix(used + 1);
  }
  return true;
}

bool sizes_fit(const Fields& fields, std::size_t limit) {
  std::size_t sum = 0;
  for (const Field field : {id_size, queue_size, reason_size, history_size}) {
    if (fields[field] < 0 || static_cast<std::size_t>(fields[field]) > limit) return false;
    sum += static_cast<std::size_t>(fields[field]);
  }
  return sum <= limit;
}

Counters counters_of(const Fields& fields) {
  return {.attempts = static_cast<std::uint32_t>(fields[attempts]),
          .crashes = static_cast<std::uint32_t>(fields[crashes]),
          .postponed = static_cast<std::uint32_t>(fields[postponed])};
}

std::string take(std::string_view& text, std::int64_t size) {
  const auto length = static_cast<std::size_t>(size);
  std::string taken{text.substr(0, length)};
  text.remove_prefix(length);
  return taken;
}

}  // namespace

std::string seal(const Envelope& envelope) {
  const auto size = [](const std::string& text) { return static_cast<std::int64_t>(text.size()); };
  const Fields fields = {size(envelope.id),
                         size(envelope.queue),
                         size(envelope.reason),
                         size(envelope.history),
                         envelope.priority,
                         envelope.counters.attempts,
                         envelope.counters.crashes,
                         envelope.counters.postponed,
                         to_unix_micros(envelope.enqueued_at),
                         to_unix_micros(envelope.ready_at),
                         to_unix_micros(envelope.died_at),
                         envelope.ttr,
                         envelope.front ? 1 : 0};
  std::array<char, kLongestHead> head;
  char* end = head.data();
  for (const std::int64_t field : fields) {
    end = std::to_chars(end, head.data() + head.size(), field).ptr;
    *end++ = ' ';
  }
  const std::string_view numbers{head.data(), static_cast<std::size_t>(end - head.data())};
  std::uint64_t sum = hash(numbers);
  for (const auto* text : {&envelope.id, &envelope.queue, &envelope.reason, &envelope.history}) {
    sum = hash(*text, sum);
  }
  std::string sealed{kMark};
  sealed += numbers;
  sealed += to_hex(sum);
  sealed += '\n';
  sealed += envelope.id;
  sealed += envelope.queue;
  sealed += envelope.reason;
  sealed += envelope.history;
  return sealed;
}

Opened open_envelope(std::string& body, Envelope& envelope) {
  const std::string_view whole{body};
  if (whole.substr(0, kMark.size()) != kMark) return Opened::foreign;
  std::string_view text = whole.substr(kMark.size());
  const std::string_view numbers = text;
  Fields fields{};
  if (!read_fields(text, fields)) return Opened::damaged;
  std::uint64_t sum = hash(numbers.substr(0, numbers.size() - text.size()));
  if (text.size() <= kHashSize || text[kHashSize] != '\n') return Opened::damaged;
  const std::string_view stated = text.substr(0, kHashSize);
  text.remove_prefix(kHashSize + 1);
  if (!sizes_fit(fields, text.size())) return Opened::damaged;

  const std::string_view strings = text;
  envelope.id = take(text, fields[id_size]);
  envelope.queue = take(text, fields[queue_size]);
  envelope.reason = take(text, fields[reason_size]);
  envelope.history = take(text, fields[history_size]);
  sum = hash(strings.substr(0, strings.size() - text.size()), sum);
  if (to_hex(sum) != stated) return Opened::damaged;
  envelope.priority = static_cast<std::int32_t>(fields[priority]);
  envelope.counters = counters_of(fields);
  envelope.enqueued_at = from_unix_micros(fields[enqueued_at]);
  envelope.ready_at = from_unix_micros(fields[ready_at]);
  envelope.died_at = from_unix_micros(fields[died_at]);
  envelope.ttr = static_cast<std::uint32_t>(fields[ttr]);
  envelope.front = fields[front] != 0;
  body.erase(0, body.size() - text.size());
  return Opened::sealed;
}

}  // namespace narwhal::beanstalkd

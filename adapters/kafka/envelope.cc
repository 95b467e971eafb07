#include "envelope.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace narwhal::kafka {
namespace {

constexpr std::string_view kPrefix = "narwhal-";
constexpr std::string_view kId = "narwhal-id";
constexpr std::string_view kPriority = "narwhal-priority";
constexpr std::string_view kAttempts = "narwhal-attempts";
constexpr std::string_view kCrashes = "narwhal-crashes";
constexpr std::string_view kPostponed = "narwhal-postponed";
constexpr std::string_view kHistory = "narwhal-history";
constexpr std::string_view kEnqueuedAt = "narwhal-enqueued-at";
constexpr std::string_view kDue = "narwhal-due";
constexpr std::string_view kKey = "narwhal-key";
constexpr std::string_view kOrigin = "narwhal-origin";
constexpr std::string_view kReason = "narwhal-reason";
constexpr std::string_view kDiedAt = "narwhal-died-at";

// In microseconds: what is left until then can still be counted in nanoseconds.
constexpr std::int64_t kYear2200 = 7'258'118'400'000'000;

// What is no number counts as none.
template <typename Number>
Number number(std::string_view text) {
  using Limits = std::numeric_limits<Number>;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return 0;
  return static_cast<Number>(std::clamp<std::int64_t>(value, Limits::min(), Limits::max()));
}

WallTime time(std::string_view text) {
  return from_unix_micros(std::clamp(number<std::int64_t>(text), std::int64_t{0}, kYear2200));
}

void read_own(std::string_view name, std::string_view value, Envelope& envelope) {
  if (name == kId) {
    envelope.id = value;
  } else if (name == kPriority) {
    envelope.priority = number<std::int32_t>(value);
  } else if (name == kAttempts) {
    envelope.counters.attempts = number<std::uint32_t>(value);
  } else if (name == kCrashes) {
    envelope.counters.crashes = number<std::uint32_t>(value);
  } else if (name == kPostponed) {
    envelope.counters.postponed = number<std::uint32_t>(value);
  } else if (name == kHistory) {
    envelope.history = value;
  } else if (name == kEnqueuedAt) {
    envelope.enqueued_at = time(value);
  } else if (name == kDue) {
    envelope.due = time(value);
  } else if (name == kKey) {
    envelope.key = value;
  } else if (name == kOrigin) {
    envelope.origin = value;
  } else if (name == kReason) {
    envelope.reason = value;
  } else if (name == kDiedAt) {
    envelope.died_at = time(value);
  }
}

void add(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  // A null value is another thing than an empty one.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), bytes,
                      static_cast<ssize_t>(value.size()));
}

void add_number(rd_kafka_headers_t* headers, std::string_view name, std::int64_t value) {
  if (value != 0) add(headers, name, std::to_string(value));
}

void add_text(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  if (!value.empty()) add(headers, name, value);
}

}  // namespace

MessagePlace place_of(const rd_kafka_message_t& message) {
  MessagePlace place;
  place.topic = rd_kafka_topic_name(message.rkt);
  place.partition = message.partition;
  place.offset = message.offset;
  place.timestamp = rd_kafka_message_timestamp(&message, nullptr);
  if (message.key != nullptr) {
    place.key.emplace(static_cast<const char*>(message.key), message.key_len);
  }
  return place;
}

std::string origin_of(const MessagePlace& place) {
  return std::string(place.topic) + "/" + std::to_string(place.partition) + "/" +
         std::to_string(place.offset);
}

Envelope read_envelope(const rd_kafka_headers_t* headers, const MessagePlace& place, WallTime now) {
  Envelope envelope;
  if (place.key) envelope.key.emplace(*place.key);
  envelope.enqueued_at = place.timestamp < 0
                             ? now
                             : from_unix_micros(std::min(place.timestamp, kYear2200 / 1000) * 1000);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       headers != nullptr && rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    const std::string_view text(static_cast<const char*>(value), value == nullptr ? 0 : size);
    if (std::string_view(name).starts_with(kPrefix)) {
      read_own(name, text, envelope);
    } else {
      envelope.headers.emplace_back(name, text);
    }
  }
  if (envelope.id.empty()) {
    envelope.id = std::string(place.topic) + "-" + std::to_string(place.partition) + "-" +
                  std::to_string(place.offset);
  }
  return envelope;
}

MessageHeaders write_envelope(const Envelope& envelope, KeyIn key) {
  MessageHeaders headers(rd_kafka_headers_new(16));
  rd_kafka_headers_t* raw = headers.get();
  for (const auto& [name, value] : envelope.headers) add(raw, name, value);
  add(raw, kId, envelope.id);
  add_number(raw, kPriority, envelope.priority);
  add_number(raw, kAttempts, envelope.counters.attempts);
  add_number(raw, kCrashes, envelope.counters.crashes);
  add_number(raw, kPostponed, envelope.counters.postponed);
  add_text(raw, kHistory, envelope.history);
  add_number(raw, kEnqueuedAt, to_unix_micros(envelope.enqueued_at));
  if (envelope.due) add_number(raw, kDue, to_unix_micros(*envelope.due));
  if (key == KeyIn::header && envelope.key) add(raw, kKey, *envelope.key);
  add_text(raw, kOrigin, envelope.origin);
  add_text(raw, kReason, envelope.reason);
  add_number(raw, kDiedAt, to_unix_micros(envelope.died_at));
  return headers;
}

}  // namespace narwhal::kafka

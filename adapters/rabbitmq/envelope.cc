#include "envelope.h"

#include <algorithm>
#include <limits>

#include "hash.h"
#include "table.h"

namespace narwhal::rabbitmq {
namespace {

constexpr std::string_view kPrefix = "narwhal-";
constexpr std::string_view kAttempts = "narwhal-attempts";
constexpr std::string_view kCrashes = "narwhal-crashes";
constexpr std::string_view kPostponed = "narwhal-postponed";
constexpr std::string_view kPriority = "narwhal-priority";
constexpr std::string_view kHistory = "narwhal-history";
constexpr std::string_view kEnqueuedAt = "narwhal-enqueued-at";
constexpr std::string_view kDue = "narwhal-due";
constexpr std::string_view kDelayedAt = "narwhal-delayed-at";
constexpr std::string_view kReason = "narwhal-reason";
constexpr std::string_view kDiedAt = "narwhal-died-at";

// What the server writes into the headers of messages that it moves; a copy begins without.
// "CC" would have it routed a second time.
constexpr std::string_view kServersOwn[] = {"x-death", "x-delivery-count", "x-acquired-count",
                                            "CC"};

// In microseconds: what is left until then can still be counted in nanoseconds.
constexpr std::int64_t kYear2200 = 7'258'118'400'000'000;

constexpr int kAssumedPriorities = 9;
constexpr std::uint8_t kPersistent = 2;

bool has(const amqp_basic_properties_t& properties, amqp_flags_t flag) {
  return (properties._flags & flag) != 0;
}

bool is_servers_own(std::string_view key) {
  return std::find(std::begin(kServersOwn), std::end(kServersOwn), key) != std::end(kServersOwn) ||
         key.starts_with("x-first-death-") || key.starts_with("x-last-death-");
}

amqp_table_t headers_of(const amqp_basic_properties_t& properties) {
  return has(properties, AMQP_BASIC_HEADERS_FLAG) ? properties.headers : amqp_table_t{};
}

template <typename Number>
Number clamped(const amqp_table_t& table, std::string_view key) {
  using Limits = std::numeric_limits<Number>;
  const std::int64_t value = number_in(table, key).value_or(0);
  return static_cast<Number>(std::clamp<std::int64_t>(value, Limits::min(), Limits::max()));
}

WallTime time_in(const amqp_table_t& table, std::string_view key) {
  return from_unix_micros(number_in(table, key).value_or(0));
}

// The same for every delivery of one message, whatever the server adds to it on the way.
std::string derived_id(const amqp_basic_properties_t& properties, std::string_view body) {
  Hash hash;
  hash.add(body);
  const auto add_text = [&](amqp_flags_t flag, amqp_bytes_t text) {
    if (has(properties, flag)) hash.add(to_view(text));
  };
  add_text(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id);
  add_text(AMQP_BASIC_REPLY_TO_FLAG, properties.reply_to);
  add_text(AMQP_BASIC_TYPE_FLAG, properties.type);
  add_text(AMQP_BASIC_APP_ID_FLAG, properties.app_id);
  if (has(properties, AMQP_BASIC_TIMESTAMP_FLAG)) {
    hash.add(std::to_string(properties.timestamp));
  }
  return "rabbitmq-" + hash.text();
}

WallTime enqueued_at(const amqp_basic_properties_t& properties, const amqp_table_t& table,
                     WallTime now) {
  if (const auto micros = number_in(table, kEnqueuedAt)) return from_unix_micros(*micros);
  constexpr std::uint64_t kFarSeconds = std::uint64_t{1} << 40;
  if (has(properties, AMQP_BASIC_TIMESTAMP_FLAG) && properties.timestamp < kFarSeconds) {
    return WallTime{std::chrono::seconds{static_cast<std::int64_t>(properties.timestamp)}};
  }
  return now;
}

std::int32_t priority_of(const amqp_basic_properties_t& properties, const amqp_table_t& table,
                         int max_priority) {
  if (number_in(table, kPriority)) return clamped<std::int32_t>(table, kPriority);
  if (!has(properties, AMQP_BASIC_PRIORITY_FLAG)) return kDefaultPriority;
  return from_level(properties.priority, max_priority);
}

Headers foreign_headers(const amqp_table_t& table) {
  Headers headers;
  for (int i = 0; i < table.num_entries; ++i) {
    const std::string_view key = to_view(table.entries[i].key);
    if (key.starts_with(kPrefix) || is_servers_own(key)) continue;
    if (auto text = to_text(table.entries[i].value)) headers.emplace_back(key, std::move(*text));
  }
  return headers;
}

void add_evidence(const Envelope& envelope, Table& table) {
  const auto add_count = [&](std::string_view key, std::uint32_t count) {
    if (count > 0) table.add(key, std::int64_t{count});
  };
  add_count(kAttempts, envelope.counters.attempts);
  add_count(kCrashes, envelope.counters.crashes);
  add_count(kPostponed, envelope.counters.postponed);
  if (envelope.priority != kDefaultPriority) table.add(kPriority, std::int64_t{envelope.priority});
  table.add(kEnqueuedAt, to_unix_micros(envelope.enqueued_at));
  if (envelope.due) {
    table.add(kDue, to_unix_micros(*envelope.due));
    table.add(kDelayedAt, to_unix_micros(envelope.delayed_at));
  }
  if (!envelope.history.empty()) table.add(kHistory, std::string_view{envelope.history});
  if (!envelope.reason.empty()) table.add(kReason, std::string_view{envelope.reason});
  if (envelope.died_at != WallTime{}) table.add(kDiedAt, to_unix_micros(envelope.died_at));
}

void add_foreign(const amqp_table_t& original, Table& table) {
  for (int i = 0; i < original.num_entries; ++i) {
    const std::string_view key = to_view(original.entries[i].key);
    if (!key.starts_with(kPrefix) && !is_servers_own(key)) table.add(original.entries[i]);
  }
}

std::string encode(const Envelope& envelope, const amqp_basic_properties_t& original,
                   int max_priority) {
  amqp_basic_properties_t properties = original;
  Table table;
  add_foreign(headers_of(original), table);
  add_evidence(envelope, table);
  properties.headers = table.get();
  properties.message_id = to_bytes(envelope.id);
  properties.delivery_mode = kPersistent;
  properties._flags |= AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                       AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_PRIORITY_FLAG;
  properties.priority = to_level(envelope.priority, max_priority);
  // Times to live were for the way to here; the user was for the connection that it came over.
  properties._flags &=
      ~static_cast<amqp_flags_t>(AMQP_BASIC_EXPIRATION_FLAG | AMQP_BASIC_USER_ID_FLAG);
  return encode_properties(properties);
}

}  // namespace

std::uint8_t to_level(std::int32_t priority, int max_priority) {
  const std::int64_t most = max_priority > 0 ? max_priority : kAssumedPriorities;
  const std::int64_t level = most / 2 - std::int64_t{priority};
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(level, 0, most));
}

std::int32_t from_level(std::uint8_t level, int max_priority) {
  const int most = max_priority > 0 ? max_priority : kAssumedPriorities;
  return most / 2 - std::min<int>(level, most);
}

Envelope read_envelope(std::string_view properties, std::string_view body, int max_priority,
                       WallTime now, Pool& pool) {
  pool.clear();
  auto decoded = decode_properties(properties, pool);
  const amqp_basic_properties_t none{};
  const amqp_basic_properties_t& known = decoded.ok() ? **decoded : none;
  const amqp_table_t table = headers_of(known);
  Envelope envelope;
  if (has(known, AMQP_BASIC_MESSAGE_ID_FLAG)) envelope.id = to_view(known.message_id);
  if (envelope.id.empty()) envelope.id = derived_id(known, body);
  envelope.priority = priority_of(known, table, max_priority);
  envelope.counters = {.attempts = clamped<std::uint32_t>(table, kAttempts),
                       .crashes = clamped<std::uint32_t>(table, kCrashes),
                       .postponed = clamped<std::uint32_t>(table, kPostponed)};
  envelope.history = text_in(table, kHistory).value_or("");
  envelope.enqueued_at = enqueued_at(known, table, now);
  if (const auto due = number_in(table, kDue)) {
    envelope.due = from_unix_micros(std::clamp(*due, std::int64_t{0}, kYear2200));
  }
  envelope.delayed_at = time_in(table, kDelayedAt);
  envelope.headers = foreign_headers(table);
  envelope.reason = text_in(table, kReason).value_or("");
  envelope.died_at = time_in(table, kDiedAt);
  envelope.returns = number_in(table, "x-delivery-count").value_or(0);
  return envelope;
}

std::string write_envelope(Envelope envelope, std::string_view original, int max_priority,
                           std::size_t most, Pool& pool) {
  pool.clear();
  const amqp_basic_properties_t none{};
  const amqp_basic_properties_t* known = &none;
  if (!original.empty()) {
    if (auto decoded = decode_properties(original, pool); decoded.ok()) known = *decoded;
  }
  std::string encoded = encode(envelope, *known, max_priority);
  for (std::string* text : {&envelope.history, &envelope.reason}) {
    if (encoded.size() <= most) break;
    text->clear();
    encoded = encode(envelope, *known, max_priority);
  }
  return encoded;
}

}  // namespace narwhal::rabbitmq

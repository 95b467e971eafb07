#include "narwhal/codec.h"

#include <algorithm>
#include <cmath>

#include "narwhal/fields.h"
#include "sdk/iso8601.h"
#include "sdk/ruby_types.h"
#include "sdk/utf8.h"

namespace narwhal::detail {
namespace {

template <typename T>
std::string range_text(T least, T most) {
  return "an integer from " + std::to_string(least) + " to " + std::to_string(most);
}

// Only integers that a double can hold come back unchanged.
template <typename T>
bool exact_as_double(T integer) {
  constexpr double kEnd = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
  const auto real = static_cast<double>(integer);
  return real < kEnd && static_cast<T>(real) == integer;
}

const Value* time_value(const Value& value) {
  for (const std::string_view type : {"Time", "DateTime", "TimeWithZone"}) {
    if (const Value* time = sdk::ruby_value(value, type)) return time;
  }
  return &value;
}

const Value& duration_value(const Value& value) {
  const Value* duration = sdk::ruby_value(value, "Duration");
  return duration != nullptr ? *duration : value;
}

}  // namespace

bool decode_bool(const Value& value, const Place& place) {
  if (const bool* boolean = value.get_if<bool>()) return *boolean;
  place.expected("true or false", value);
}

std::int64_t decode_signed(const Value& value, const Place& place, std::int64_t least,
                           std::int64_t most) {
  const auto* integer = value.get_if<std::int64_t>();
  if (integer == nullptr || *integer < least || *integer > most) {
    place.expected(range_text(least, most), value);
  }
  return *integer;
}

std::uint64_t decode_unsigned(const Value& value, const Place& place, std::uint64_t most) {
  if (const auto* large = value.get_if<std::uint64_t>(); large != nullptr && *large <= most) {
    return *large;
  }
  const auto* integer = value.get_if<std::int64_t>();
  if (integer == nullptr || *integer < 0 || static_cast<std::uint64_t>(*integer) > most) {
    place.expected(range_text(std::uint64_t{0}, most), value);
  }
  return static_cast<std::uint64_t>(*integer);
}

double decode_double(const Value& value, const Place& place) {
  if (const auto* real = value.get_if<double>()) return *real;
  if (const auto* integer = value.get_if<std::int64_t>()) {
    if (exact_as_double(*integer)) return static_cast<double>(*integer);
  }
  if (const auto* large = value.get_if<std::uint64_t>()) {
    if (exact_as_double(*large)) return static_cast<double>(*large);
  }
  place.expected("a number that a double can hold", value);
}

float decode_float(const Value& value, const Place& place) {
  const double real = decode_double(value, place);
  if (std::abs(real) > static_cast<double>(std::numeric_limits<float>::max())) {
    place.expected("a number that a float can hold", value);
  }
  return static_cast<float>(real);
}

const std::string& decode_string(const Value& value, const Place& place) {
  const Value* symbol = sdk::ruby_value(value, "Symbol");
  const auto* text = (symbol != nullptr ? *symbol : value).get_if<std::string>();
  if (text == nullptr) place.expected("a string", value);
  return *text;
}

const Value::Array& decode_array(const Value& value, const Place& place) {
  const auto* array = value.get_if<Value::Array>();
  if (array == nullptr) place.expected("an array", value);
  return *array;
}

const Value::Array& decode_array(const Value& value, const Place& place, std::size_t size) {
  const auto* array = value.get_if<Value::Array>();
  if (array == nullptr || array->size() != size) {
    place.expected("an array of " + std::to_string(size) + " elements", value);
  }
  return *array;
}

const Value::Object& decode_object(const Value& value, const Place& place) {
  const auto* object = value.get_if<Value::Object>();
  const bool ruby = sdk::serializer_name(value) != nullptr || sdk::global_id(value) != nullptr;
  if (object == nullptr || ruby) place.expected("an object", value);
  return *object;
}

std::chrono::sys_time<std::chrono::nanoseconds> decode_time(const Value& value,
                                                            const Place& place) {
  if (const auto* text = time_value(value)->get_if<std::string>()) {
    if (const auto time = sdk::parse_time(*text)) return *time;
  }
  place.expected("a time in ISO 8601 with a zone", value);
}

std::chrono::year_month_day decode_date(const Value& value, const Place& place) {
  const Value* date = sdk::ruby_value(value, "Date");
  if (const auto* text = (date != nullptr ? *date : value).get_if<std::string>()) {
    if (const auto day = sdk::parse_date(*text)) return *day;
  }
  place.expected("a date like 2024-02-29", value);
}

double decode_seconds(const Value& value, const Place& place) {
  const Value& number = duration_value(value);
  if (number.get_if<std::int64_t>() == nullptr && number.get_if<double>() == nullptr) {
    place.expected("a duration or a number of seconds", value);
  }
  return decode_double(number, place);
}

std::int64_t decode_ticks(const Value& value, const Place& place, double seconds_per_tick) {
  const auto* seconds = duration_value(value).get_if<std::int64_t>();
  if (seconds != nullptr && seconds_per_tick == 1.0) return *seconds;
  const double ticks = decode_seconds(value, place) / seconds_per_tick;
  const double whole = std::round(ticks);
  // 0.1 s is not exactly 100 ms in binary, so a millionth of a tick may be missing.
  if (std::abs(ticks - whole) > 1e-6 || std::abs(whole) >= 0x1p63) {
    place.expected("a whole number of " + std::to_string(seconds_per_tick) + " s", value);
  }
  return static_cast<std::int64_t>(whole);
}

Value encode_double(double value, const Place& place) {
  if (!std::isfinite(value)) place.fail("JSON has no infinity and no NaN");
  return value;
}

Value encode_string(std::string_view text, const Place& place) {
  const std::size_t bad = sdk::invalid_utf8_at(text);
  if (bad != text.size()) place.fail("not UTF-8 at byte " + std::to_string(bad));
  return text;
}

Value encode_time(std::chrono::sys_time<std::chrono::nanoseconds> time) {
  return sdk::ruby_object("Time", sdk::format_time(time));
}

Value encode_date(std::chrono::year_month_day date) {
  return sdk::ruby_object("Date", sdk::format_date(date));
}

// ActiveSupport::Duration keeps what it was made of beside its length.
Value encode_seconds(Value seconds) {
  Value part = Value::Array{sdk::ruby_object("Symbol", "seconds"), seconds};
  Value object = sdk::ruby_object("Duration", std::move(seconds));
  object.get_if<Value::Object>()->push_back({"parts", Value::Array{std::move(part)}});
  return object;
}

void check_key(std::string_view key, const Place& place) {
  if (is_marker(key) || key == sdk::kSerializerKey || key == "_aj_globalid") {
    place.fail("the key \"" + std::string(key) + "\" is ActiveJob's own");
  }
  encode_string(key, place.key(key));
}

bool is_marker(std::string_view key) {
  return key == "_aj_symbol_keys" || key == sdk::kKeywordMarker ||
         key == "_aj_hash_with_indifferent_access";
}

void check_known_keys(const Value& object, std::initializer_list<std::string_view> names,
                      const Place& place) {
  for (const auto& [key, value] : *object.get_if<Value::Object>()) {
    if (is_marker(key) || std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string known;
    for (const std::string_view name : names) known.append(known.empty() ? "" : ", ").append(name);
    place.fail("unknown key \"" + sdk::truncate(key, 100) + "\" (known: " + known + ")");
  }
}

void add_keyword_marker(Value::Object& object) {
  Value::Array names;
  for (const auto& [key, value] : object) names.emplace_back(key);
  object.push_back({std::string(sdk::kKeywordMarker), std::move(names)});
}

std::string integer_name(std::size_t bytes, bool is_signed) {
  const std::string sign = is_signed ? "" : "u";
  return bytes == sizeof(int) ? (is_signed ? "int" : "unsigned int")
                              : "std::" + sign + "int" + std::to_string(bytes * 8) + "_t";
}

}  // namespace narwhal::detail

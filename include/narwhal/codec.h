// Codec<T>: how a C++ type is read from and written to a job's arguments, in ActiveJob's form.
// Here: the types every job can use. A struct becomes one through NARWHAL_FIELDS (fields.h), any
// other type by specialising Codec with the three functions below.
//
//   template <> struct narwhal::Codec<Colour> {
//     static std::string name() { return "Colour"; }                      // for error messages
//     static Colour decode(const Value& value, const Place& place);       // place.expected(…)
//     throws static Value encode(const Colour& colour, const Place& place);
//   };
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "narwhal/place.h"
#include "narwhal/value.h"

namespace narwhal {

template <typename T>
struct Codec {
  static_assert(
      !std::same_as<T, T>,
      "no argument type: use std::string for text, describe a struct with NARWHAL_FIELDS, "
      "or specialise narwhal::Codec");
};

namespace detail {

template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

bool decode_bool(const Value& value, const Place& place);
std::int64_t decode_signed(const Value& value, const Place& place, std::int64_t least,
                           std::int64_t most);
std::uint64_t decode_unsigned(const Value& value, const Place& place, std::uint64_t most);
double decode_double(const Value& value, const Place& place);
float decode_float(const Value& value, const Place& place);
const std::string& decode_string(const Value& value, const Place& place);
const Value::Array& decode_array(const Value& value, const Place& place);
const Value::Array& decode_array(const Value& value, const Place& place, std::size_t size);
const Value::Object& decode_object(const Value& value, const Place& place);
std::chrono::sys_time<std::chrono::nanoseconds> decode_time(const Value& value, const Place& place);
std::chrono::year_month_day decode_date(const Value& value, const Place& place);
double decode_seconds(const Value& value, const Place& place);
// The number of ticks of `seconds_per_tick`; an error if the duration is no whole number of them.
std::int64_t decode_ticks(const Value& value, const Place& place, double seconds_per_tick);

Value encode_double(double value, const Place& place);
Value encode_string(std::string_view text, const Place& place);
Value encode_time(std::chrono::sys_time<std::chrono::nanoseconds> time);
Value encode_date(std::chrono::year_month_day date);
Value encode_seconds(Value seconds);
void check_key(std::string_view key, const Place& place);

// Keys that ActiveJob adds to a Ruby hash: _aj_symbol_keys, _aj_ruby2_keywords, …
bool is_marker(std::string_view key);

std::string integer_name(std::size_t bytes, bool is_signed);

}  // namespace detail

template <>
struct Codec<bool> {
  static std::string name() { return "bool"; }
  static bool decode(const Value& value, const Place& place) {
    return detail::decode_bool(value, place);
  }
  static Value encode(bool value, const Place&) { return value; }
};

template <detail::Integer T>
struct Codec<T> {
  static std::string name() { return detail::integer_name(sizeof(T), std::signed_integral<T>); }
  static T decode(const Value& value, const Place& place) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::signed_integral<T>) {
      return static_cast<T>(detail::decode_signed(value, place, Limits::min(), Limits::max()));
    } else {
      return static_cast<T>(detail::decode_unsigned(value, place, Limits::max()));
    }
  }
  static Value encode(T value, const Place&) { return value; }
};

template <>
struct Codec<double> {
  static std::string name() { return "double"; }
  static double decode(const Value& value, const Place& place) {
    return detail::decode_double(value, place);
  }
  static Value encode(double value, const Place& place) {
    return detail::encode_double(value, place);
  }
};

template <>
struct Codec<float> {
  static std::string name() { return "float"; }
  static float decode(const Value& value, const Place& place) {
    return detail::decode_float(value, place);
  }
  static Value encode(float value, const Place& place) {
    return detail::encode_double(static_cast<double>(value), place);
  }
};

// Also takes a Ruby symbol.
template <>
struct Codec<std::string> {
  static std::string name() { return "std::string"; }
  static std::string decode(const Value& value, const Place& place) {
    return detail::decode_string(value, place);
  }
  static Value encode(std::string_view value, const Place& place) {
    return detail::encode_string(value, place);
  }
};

// Anything, as it is.
template <>
struct Codec<Value> {
  static std::string name() { return "narwhal::Value"; }
  static Value decode(const Value& value, const Place&) { return value; }
  static Value encode(const Value& value, const Place&) { return value; }
};

template <typename T>
struct Codec<std::optional<T>> {
  static std::string name() { return "std::optional<" + Codec<T>::name() + ">"; }
  static std::optional<T> decode(const Value& value, const Place& place) {
    if (value.is_null()) return std::nullopt;
    return Codec<T>::decode(value, place);
  }
  static Value encode(const std::optional<T>& value, const Place& place) {
    return value ? Codec<T>::encode(*value, place) : Value();
  }
};

template <typename T>
struct Codec<std::vector<T>> {
  static std::string name() { return "std::vector<" + Codec<T>::name() + ">"; }
  static std::vector<T> decode(const Value& value, const Place& place) {
    const Value::Array& array = detail::decode_array(value, place);
    std::vector<T> out;
    out.reserve(array.size());
    for (const Value& element : array) {
      out.push_back(Codec<T>::decode(element, place.element(out.size() + 1)));
    }
    return out;
  }
  static Value encode(const std::vector<T>& value, const Place& place) {
    Value::Array array;
    array.reserve(value.size());
    for (const T& element : value) {
      array.push_back(Codec<T>::encode(element, place.element(array.size() + 1)));
    }
    return array;
  }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
  static std::string name() { return "std::map<std::string, " + Codec<T>::name() + ">"; }
  static std::map<std::string, T> decode(const Value& value, const Place& place) {
    std::map<std::string, T> out;
    for (const auto& [key, member] : detail::decode_object(value, place)) {
      if (!detail::is_marker(key)) {
        out.insert_or_assign(key, Codec<T>::decode(member, place.key(key)));
      }
    }
    return out;
  }
  static Value encode(const std::map<std::string, T>& value, const Place& place) {
    Value::Object object;
    for (const auto& [key, member] : value) {
      detail::check_key(key, place);
      object.push_back({key, Codec<T>::encode(member, place.key(key))});
    }
    return object;
  }
};

// Fixed-length arrays, pairs and tuples are JSON arrays of exactly that length.
template <typename... T>
struct Codec<std::tuple<T...>> {
  static std::string name() { return "std::tuple<" + names() + ">"; }
  static std::tuple<T...> decode(const Value& value, const Place& place) {
    return decode_each(detail::decode_array(value, place, sizeof...(T)), place,
                       std::index_sequence_for<T...>());
  }
  static Value encode(const std::tuple<T...>& value, const Place& place) {
    return encode_each(value, place, std::index_sequence_for<T...>());
  }
  static std::string names() {
    std::string all;
    ((all += (all.empty() ? "" : ", ") + Codec<T>::name()), ...);
    return all;
  }

 private:
  template <std::size_t... I>
  static std::tuple<T...> decode_each(const Value::Array& array, const Place& place,
                                      std::index_sequence<I...>) {
    return std::tuple<T...>{Codec<T>::decode(array[I], place.element(I + 1))...};
  }
  template <std::size_t... I>
  static Value encode_each(const std::tuple<T...>& value, const Place& place,
                           std::index_sequence<I...>) {
    Value::Array array;
    (array.push_back(Codec<T>::encode(std::get<I>(value), place.element(I + 1))), ...);
    return array;
  }
};

template <typename First, typename Second>
struct Codec<std::pair<First, Second>> {
  using Tuple = std::tuple<First, Second>;
  static std::string name() { return "std::pair<" + Codec<Tuple>::names() + ">"; }
  static std::pair<First, Second> decode(const Value& value, const Place& place) {
    auto both = Codec<Tuple>::decode(value, place);
    return {std::get<0>(std::move(both)), std::get<1>(std::move(both))};
  }
  static Value encode(const std::pair<First, Second>& value, const Place& place) {
    return Codec<Tuple>::encode(Tuple(value), place);
  }
};

template <typename T, std::size_t Size>
struct Codec<std::array<T, Size>> {
  static std::string name() {
    return "std::array<" + Codec<T>::name() + ", " + std::to_string(Size) + ">";
  }
  static std::array<T, Size> decode(const Value& value, const Place& place) {
    return decode_each(detail::decode_array(value, place, Size), place,
                       std::make_index_sequence<Size>());
  }
  static Value encode(const std::array<T, Size>& value, const Place& place) {
    return Codec<std::vector<T>>::encode(std::vector<T>(value.begin(), value.end()), place);
  }

 private:
  template <std::size_t... I>
  static std::array<T, Size> decode_each(const Value::Array& array, const Place& place,
                                         std::index_sequence<I...>) {
    return {Codec<T>::decode(array[I], place.element(I + 1))...};
  }
};

// A Ruby Time, DateTime or ActiveSupport::TimeWithZone, or a string in ISO 8601 with a zone.
template <typename D>
struct Codec<std::chrono::time_point<std::chrono::system_clock, D>> {
  using Time = std::chrono::time_point<std::chrono::system_clock, D>;
  static std::string name() { return "std::chrono::system_clock::time_point"; }
  static Time decode(const Value& value, const Place& place) {
    return std::chrono::time_point_cast<D>(detail::decode_time(value, place));
  }
  static Value encode(const Time& time, const Place&) { return detail::encode_time(time); }
};

// A Ruby Date, or a string like 2024-02-29.
template <>
struct Codec<std::chrono::year_month_day> {
  static std::string name() { return "std::chrono::year_month_day"; }
  static std::chrono::year_month_day decode(const Value& value, const Place& place) {
    return detail::decode_date(value, place);
  }
  static Value encode(const std::chrono::year_month_day& date, const Place&) {
    return detail::encode_date(date);
  }
};

// An ActiveSupport::Duration, or a number of seconds.
template <typename Rep, typename Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using Length = std::chrono::duration<Rep, Period>;
  static std::string name() { return "std::chrono::duration"; }
  static Length decode(const Value& value, const Place& place) {
    if constexpr (std::floating_point<Rep>) {
      return std::chrono::duration<double>(detail::decode_seconds(value, place));
    }
    constexpr double kTick = static_cast<double>(Period::num) / static_cast<double>(Period::den);
    return Length(static_cast<Rep>(detail::decode_ticks(value, place, kTick)));
  }
  static Value encode(const Length& length, const Place&) {
    using Seconds = std::chrono::seconds;
    const auto whole = std::chrono::duration_cast<Seconds>(length);
    if (whole == length) return detail::encode_seconds(whole.count());
    return detail::encode_seconds(std::chrono::duration<double>(length).count());
  }
};

}  // namespace narwhal

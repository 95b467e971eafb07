// The arguments of perform(): deduced from its signature, decoded before a run, checked and encoded
// when a job is enqueued. Part of job.h.
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "narwhal/codec.h"
#include "narwhal/fields.h"

namespace narwhal::detail {

template <typename Member>
struct PerformSignature {
  static_assert(!std::same_as<Member, Member>,
                "perform() must be one member function returning void");
};
template <typename T, typename... A>
struct PerformSignature<void (T::*)(A...)> {
  static_assert(((!std::is_lvalue_reference_v<A> ||
                  std::is_const_v<std::remove_reference_t<A>>)&&...),
                "perform() cannot take a non-const reference");
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
};
template <typename T, typename... A>
struct PerformSignature<void (T::*)(A...) const> : PerformSignature<void (T::*)(A...)> {};
template <typename T, typename... A>
struct PerformSignature<void (T::*)(A...) noexcept> : PerformSignature<void (T::*)(A...)> {};
template <typename T, typename... A>
struct PerformSignature<void (T::*)(A...) const noexcept> : PerformSignature<void (T::*)(A...)> {};

template <typename T>
using ArgumentsOf = typename PerformSignature<decltype(&T::perform)>::Arguments;

// std::optional arguments at the end may be left out.
template <typename... A>
constexpr std::size_t required_arguments(const std::tuple<A...>*) {
  std::size_t required = 0;
  std::size_t number = 0;
  ((++number, required = IsOptional<A>::value ? required : number), ...);
  return required;
}

void check_argument_count(std::string_view job_class, std::size_t given, std::size_t required,
                          std::size_t most);

template <typename A>
A decode_argument(std::string_view job_class, const std::vector<Value>& values, std::size_t index) {
  if constexpr (IsOptional<A>::value) {
    if (index >= values.size()) return std::nullopt;
  }
  return Codec<A>::decode(values[index], Place::argument(job_class, index + 1, &Codec<A>::name));
}

template <typename... A, std::size_t... I>
std::tuple<A...> decode_arguments(const std::tuple<A...>*,
                                  [[maybe_unused]] std::string_view job_class,
                                  [[maybe_unused]] const std::vector<Value>& values,
                                  std::index_sequence<I...>) {
  return std::tuple<A...>{decode_argument<A>(job_class, values, I)...};
}

template <typename Arguments>
Arguments decode_arguments(std::string_view job_class, const std::vector<Value>& values) {
  constexpr const Arguments* kType = nullptr;
  constexpr std::size_t kMost = std::tuple_size_v<Arguments>;
  if (values.size() != kMost) {
    check_argument_count(job_class, values.size(), required_arguments(kType), kMost);
  }
  return decode_arguments(kType, job_class, values, std::make_index_sequence<kMost>());
}

// No silent loss: a pointer is no bool, a double no integer.
template <typename Given, typename A>
concept PassableAs = std::convertible_to<Given, A> &&
    (!std::same_as<A, bool> || std::same_as<std::remove_cvref_t<Given>, bool>)&&(
        !Integer<A> || !std::floating_point<std::remove_cvref_t<Given>>);

template <typename A, typename Given>
Value encode_argument(Given&& given, const Place& place) {
  if constexpr (Integer<A> && Integer<std::remove_cvref_t<Given>>) {
    // As a 64-bit value, and read back as the argument's own type: the same range, the same error.
    const Value value(given);
    return Value(Codec<A>::decode(value, place));
  } else {
    return Codec<A>::encode(A(std::forward<Given>(given)), place);
  }
}

template <typename... A, typename... Given, std::size_t... I>
std::vector<Value> encode_arguments(const std::tuple<A...>*,
                                    [[maybe_unused]] std::string_view job_class,
                                    std::index_sequence<I...>, Given&&... given) {
  using Arguments = std::tuple<A...>;
  static_assert((PassableAs<Given, std::tuple_element_t<I, Arguments>> && ...),
                "an argument has a type that perform() cannot take");
  std::vector<Value> values;
  values.reserve(sizeof...(Given));
  (values.push_back(encode_argument<std::tuple_element_t<I, Arguments>>(
       std::forward<Given>(given),
       Place::argument(job_class, I + 1, &Codec<std::tuple_element_t<I, Arguments>>::name))),
   ...);
  return values;
}

template <typename Arguments, typename... Given>
std::vector<Value> encode_arguments(std::string_view job_class, Given&&... given) {
  constexpr const Arguments* kType = nullptr;
  static_assert(sizeof...(Given) >= required_arguments(static_cast<const Arguments*>(nullptr)),
                "perform() takes more arguments");
  static_assert(sizeof...(Given) <= std::tuple_size_v<Arguments>,
                "perform() takes fewer arguments");
  return encode_arguments(kType, job_class, std::index_sequence_for<Given...>(),
                          std::forward<Given>(given)...);
}

}  // namespace narwhal::detail

// NARWHAL_FIELDS: makes a struct an argument type, written as an object with one key per field,
// which is what Ruby's keyword arguments are.
//
//   struct Size { int width; int height; std::optional<std::string> unit; };
//   NARWHAL_FIELDS(Size, width, height, unit)
//
// Put it in the struct's own namespace. A missing key is an error unless its field is
// std::optional; so is a key that no field has.
#pragma once

#include <initializer_list>
#include <tuple>
#include <type_traits>

#include "narwhal/codec.h"

namespace narwhal::detail {

template <typename T, typename Member>
struct Field {
  std::string_view name;
  Member T::*member;
};

template <typename T, typename Member>
constexpr Field<T, Member> field(std::string_view name, Member T::*member) {
  return {name, member};
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
concept HasFields = requires(const T* type) {
  narwhal_fields(type);
};

void check_known_keys(const Value& object, std::initializer_list<std::string_view> names,
                      const Place& place);
// Marks the object as Ruby's keyword arguments.
void add_keyword_marker(Value::Object& object);

template <typename T, typename Member>
void decode_field(T& out, const Field<T, Member>& field, const Value& object, const Place& place) {
  if (const Value* value = object.find(field.name)) {
    out.*field.member = Codec<Member>::decode(*value, place.key(field.name));
  } else if constexpr (!IsOptional<Member>::value) {
    place.fail("missing key \"" + std::string(field.name) + "\"");
  }
}

}  // namespace narwhal::detail

namespace narwhal {

template <detail::HasFields T>
struct Codec<T> {
  static std::string name() {
    return std::string(narwhal_type_name(static_cast<const T*>(nullptr)));
  }
  static T decode(const Value& value, const Place& place) {
    detail::decode_object(value, place);
    T out{};
    std::apply(
        [&](const auto&... field) {
          detail::check_known_keys(value, {field.name...}, place);
          (detail::decode_field(out, field, value, place), ...);
        },
        narwhal_fields(static_cast<const T*>(nullptr)));
    return out;
  }
  static Value encode(const T& in, const Place& place) {
    Value::Object object;
    std::apply([&](const auto&... field) { (encode_field(object, in, field, place), ...); },
               narwhal_fields(static_cast<const T*>(nullptr)));
    detail::add_keyword_marker(object);
    return object;
  }

 private:
  template <typename Member>
  static void encode_field(Value::Object& object, const T& in,
                           const detail::Field<T, Member>& field, const Place& place) {
    object.push_back(
        {std::string(field.name), Codec<Member>::encode(in.*field.member, place.key(field.name))});
  }
};

}  // namespace narwhal

// One call per name: the macro runs itself again over the rest of the list, 64 fields at most.
#define NARWHAL_PARENTHESES ()
#define NARWHAL_EXPAND(...) \
  NARWHAL_EXPAND3(NARWHAL_EXPAND3(NARWHAL_EXPAND3(NARWHAL_EXPAND3(__VA_ARGS__))))
#define NARWHAL_EXPAND3(...) \
  NARWHAL_EXPAND2(NARWHAL_EXPAND2(NARWHAL_EXPAND2(NARWHAL_EXPAND2(__VA_ARGS__))))
#define NARWHAL_EXPAND2(...) \
  NARWHAL_EXPAND1(NARWHAL_EXPAND1(NARWHAL_EXPAND1(NARWHAL_EXPAND1(__VA_ARGS__))))
#define NARWHAL_EXPAND1(...) __VA_ARGS__
#define NARWHAL_FIELD_LIST(Type, name, ...)    \
  ::narwhal::detail::field(#name, &Type::name) \
      __VA_OPT__(, NARWHAL_FIELD_REST NARWHAL_PARENTHESES(Type, __VA_ARGS__))
#define NARWHAL_FIELD_REST() NARWHAL_FIELD_LIST
#define NARWHAL_FIELDS(Type, ...)                                                         \
  [[maybe_unused]] constexpr const char* narwhal_type_name(const Type*) { return #Type; } \
  [[maybe_unused]] constexpr auto narwhal_fields(const Type*) {                           \
    return std::tuple{NARWHAL_EXPAND(NARWHAL_FIELD_LIST(Type, __VA_ARGS__))};             \
  }

// Value: any JSON value, for jobs that take what they are given. Integers of 64 bits and doubles
// are exact; numbers beyond both keep their text; objects keep the order of their members. Jobs
// with typed arguments need none of this.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "narwhal/result.h"

namespace narwhal {

class Value {
 public:
  struct Member;
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;

  // A number that neither 64 bits nor a double can hold: 1e400, a hundred digits.
  struct BigNumber {
    std::string text;
    friend bool operator==(const BigNumber&, const BigNumber&) = default;
  };

  // In the order of the variant. An integer is `unsigned_integer` only above the range of int64_t.
  enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    unsigned_integer,
    real,
    big_number,
    string,
    array,
    object
  };

  Value();
  Value(std::nullptr_t);  // NOLINT: implicit by design, as all below
  Value(double value);
  Value(BigNumber value);
  Value(std::string value);
  Value(std::string_view value);
  Value(const char* value);
  Value(Array value);
  Value(Object value);
  template <std::same_as<bool> T>  // a template, so that no pointer turns into a bool
  Value(T value) : data_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T value) {
    if (std::in_range<std::int64_t>(value)) {
      set_signed(static_cast<std::int64_t>(value));
    } else {
      set_unsigned(static_cast<std::uint64_t>(value));
    }
  }

  // Reads one JSON text; the error says what is wrong and at which byte.
  static Result<Value> parse(std::string_view json);
  // Compact JSON. Doubles in the fewest digits that read back as the same double.
  [[nodiscard]] std::string to_json() const;

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(data_.index()); }
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }

  // The value as T, or nullptr when it is of another kind.
  template <typename T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&data_);
  }
  template <typename T>
  [[nodiscard]] T* get_if() {
    return std::get_if<T>(&data_);
  }

  // Calls the visitor with the value in its C++ type; std::monostate for null.
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), data_);
  }

  // The member of that name (the last one, if there are several), or nullptr; also when this is no
  // object.
  [[nodiscard]] const Value* find(std::string_view key) const;

  friend bool operator==(const Value& left, const Value& right);

 private:
  void set_signed(std::int64_t value);
  void set_unsigned(std::uint64_t value);

  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, BigNumber, std::string,
               Array, Object>
      data_;
};

struct Value::Member {
  std::string key;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

// Down here, because they need Member to be complete.
inline Value::Value() = default;
inline Value::Value(std::nullptr_t) {}
inline Value::Value(double value) : data_(value) {}
inline Value::Value(BigNumber value) : data_(std::move(value)) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(std::string_view value) : data_(std::in_place_type<std::string>, value) {}
inline Value::Value(const char* value) : data_(std::in_place_type<std::string>, value) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}
inline void Value::set_signed(std::int64_t value) { data_ = value; }
inline void Value::set_unsigned(std::uint64_t value) { data_ = value; }

inline bool operator==(const Value& left, const Value& right) { return left.data_ == right.data_; }

}  // namespace narwhal

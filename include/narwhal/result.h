// Result<T>: a value, or an Error that says what was attempted, on what, and why it failed.
// Expected failures travel as values; exceptions never cross a module or a process.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace narwhal {

enum class ErrorKind {
  invalid,      // the caller's or operator's data is wrong; trying again cannot help
  not_found,    // the thing named does not exist
  too_large,    // over a size limit
  unavailable,  // the other side is away, busy or full; trying again may help
  refused,      // the other side understood and said no (credentials, permissions)
  io,           // the operating system reported an error
  internal,     // a broken invariant
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string context;  // what was attempted, and on what: "unable to open database: /var/lib/x.db"
  std::string reason;   // why it failed: "permission denied"

  [[nodiscard]] std::string text() const {
    return reason.empty() ? context : context + ": " + reason;
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace narwhal

// Table: the protocol's table of named values, built and looked through. Pure.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec.h"

namespace narwhal::rabbitmq {

// Keys and texts are borrowed: they must outlive the table. Where they cannot, keep() them.
class Table {
 public:
  void add(std::string_view key, bool value);
  void add(std::string_view key, std::int64_t value);
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, const char* value) { add(key, std::string_view{value}); }
  void add(std::string_view key, const amqp_table_t& value);
  void add(const amqp_table_entry_t& entry) { entries_.push_back(entry); }

  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  // Valid until the next add().
  [[nodiscard]] amqp_table_t get();

 private:
  std::vector<amqp_table_entry_t> entries_;
  std::deque<std::string> kept_;
};

// Nothing when there is no such key, or its value is of another kind.
std::optional<std::int64_t> number_in(const amqp_table_t& table, std::string_view key);
std::optional<std::string_view> text_in(const amqp_table_t& table, std::string_view key);

std::optional<std::int64_t> to_number(const amqp_field_value_t& value);
// A text, a number or a truth value as text; nothing for what has no plain text.
std::optional<std::string> to_text(const amqp_field_value_t& value);

}  // namespace narwhal::rabbitmq

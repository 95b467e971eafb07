#include "table.h"

namespace narwhal::rabbitmq {
namespace {

amqp_table_entry_t entry_of(std::string_view key, amqp_field_value_kind_t kind) {
  amqp_table_entry_t entry{};
  entry.key = to_bytes(key);
  entry.value.kind = static_cast<std::uint8_t>(kind);
  return entry;
}

const amqp_field_value_t* find(const amqp_table_t& table, std::string_view key) {
  for (int i = 0; i < table.num_entries; ++i) {
    if (to_view(table.entries[i].key) == key) return &table.entries[i].value;
  }
  return nullptr;
}

}  // namespace

void Table::add(std::string_view key, bool value) {
  entries_.push_back(entry_of(key, AMQP_FIELD_KIND_BOOLEAN));
  entries_.back().value.value.boolean = value ? 1 : 0;
}

void Table::add(std::string_view key, std::int64_t value) {
  entries_.push_back(entry_of(key, AMQP_FIELD_KIND_I64));
  entries_.back().value.value.i64 = value;
}

void Table::add(std::string_view key, std::string_view value) {
  entries_.push_back(entry_of(key, AMQP_FIELD_KIND_UTF8));
  entries_.back().value.value.bytes = to_bytes(value);
}

void Table::add(std::string_view key, const amqp_table_t& value) {
  entries_.push_back(entry_of(key, AMQP_FIELD_KIND_TABLE));
  entries_.back().value.value.table = value;
}

amqp_table_t Table::get() { return {static_cast<int>(entries_.size()), entries_.data()}; }

std::optional<std::int64_t> to_number(const amqp_field_value_t& value) {
  switch (value.kind) {
    case AMQP_FIELD_KIND_I8:
      return value.value.i8;
    case AMQP_FIELD_KIND_U8:
      return value.value.u8;
    case AMQP_FIELD_KIND_I16:
      return value.value.i16;
    case AMQP_FIELD_KIND_U16:
      return value.value.u16;
    case AMQP_FIELD_KIND_I32:
      return value.value.i32;
    case AMQP_FIELD_KIND_U32:
      return value.value.u32;
    case AMQP_FIELD_KIND_I64:
      return value.value.i64;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
      return static_cast<std::int64_t>(value.value.u64);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> to_text(const amqp_field_value_t& value) {
  if (value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES) {
    return std::string{to_view(value.value.bytes)};
  }
  if (value.kind == AMQP_FIELD_KIND_BOOLEAN) return value.value.boolean != 0 ? "true" : "false";
  if (value.kind == AMQP_FIELD_KIND_F64) return std::to_string(value.value.f64);
  if (const auto number = to_number(value)) return std::to_string(*number);
  return std::nullopt;
}

std::optional<std::int64_t> number_in(const amqp_table_t& table, std::string_view key) {
  const amqp_field_value_t* value = find(table, key);
  return value == nullptr ? std::nullopt : to_number(*value);
}

std::optional<std::string_view> text_in(const amqp_table_t& table, std::string_view key) {
  const amqp_field_value_t* value = find(table, key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != AMQP_FIELD_KIND_UTF8 && value->kind != AMQP_FIELD_KIND_BYTES) {
    return std::nullopt;
  }
  return to_view(value->value.bytes);
}

}  // namespace narwhal::rabbitmq

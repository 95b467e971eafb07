#include "sdk/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace narwhal::sdk {
namespace {

template <typename T>
void write_number(std::string& out, T value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, static_cast<std::size_t>(end - text));
}

// A whole double keeps its point: 1.0 must not come back as the integer 1.
void write_double(std::string& out, double value) {
  if (!std::isfinite(value)) {  // JSON has no word for it
    out += "null";
    return;
  }
  const std::size_t begin = out.size();
  write_number(out, value);
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

void write_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  char escape[7];
  std::snprintf(escape, sizeof escape, "\\u%04x",
                static_cast<unsigned>(static_cast<unsigned char>(c)));
  out.append(escape, 6);
}

struct Writer {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { write_number(out, value); }
  void operator()(std::uint64_t value) const { write_number(out, value); }
  void operator()(double value) const { write_double(out, value); }
  void operator()(const Value::BigNumber& value) const { out += value.text; }
  void operator()(const std::string& value) const { write_json_string(out, value); }

  void operator()(const Value::Array& array) const {
    char separator = '[';
    for (const Value& element : array) {
      out.push_back(separator);
      write_json(out, element);
      separator = ',';
    }
    out += array.empty() ? "[]" : "]";
  }

  void operator()(const Value::Object& object) const {
    char separator = '{';
    for (const auto& [key, value] : object) {
      out.push_back(separator);
      write_json_string(out, key);
      out.push_back(':');
      write_json(out, value);
      separator = ',';
    }
    out += object.empty() ? "{}" : "}";
  }
};

}  // namespace

void write_json(std::string& out, const Value& value) { value.visit(Writer{out}); }

void write_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    write_escaped(out, c);
    plain = i + 1;
  }
  out.append(text, plain, text.size() - plain);
  out.push_back('"');
}

void write_json_integer(std::string& out, std::int64_t value) { write_number(out, value); }

}  // namespace narwhal::sdk

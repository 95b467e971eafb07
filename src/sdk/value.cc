#include "narwhal/value.h"

#include "sdk/json_reader.h"
#include "sdk/json_writer.h"
#include "sdk/value_builder.h"

namespace narwhal {

Result<Value> Value::parse(std::string_view json) {
  std::vector<Value> values;
  sdk::ValueBuilder builder(values);
  sdk::JsonReader<sdk::ValueBuilder> reader(json, builder);
  if (reader.read()) return std::move(values.front());
  return Error{ErrorKind::invalid, "malformed JSON at byte " + std::to_string(reader.offset()),
               reader.problem()};
}

std::string Value::to_json() const {
  std::string out;
  sdk::write_json(out, *this);
  return out;
}

const Value* Value::find(std::string_view key) const {
  const auto* object = get_if<Object>();
  if (object == nullptr) return nullptr;
  for (auto at = object->rbegin(); at != object->rend(); ++at) {
    if (at->key == key) return &at->value;
  }
  return nullptr;
}

}  // namespace narwhal

// EnvelopeHandler: fills an Envelope while a JsonReader goes through the payload. Only envelope.cc
// uses it.
#pragma once

#include <string_view>

#include "sdk/envelope.h"
#include "sdk/json_reader.h"
#include "sdk/value_builder.h"

namespace narwhal::sdk {

class EnvelopeHandler {
 public:
  explicit EnvelopeHandler(Envelope& envelope)
      : envelope_(envelope), builder_(envelope.arguments) {}

  // The reader that calls this handler, for the places of tokens.
  void follow(const JsonReader<EnvelopeHandler>& reader) { reader_ = &reader; }

  [[nodiscard]] std::string_view problem() const { return problem_; }
  [[nodiscard]] bool has_job_class() const { return has_job_class_; }

  bool null();
  bool boolean(bool value);
  bool number(std::string_view text);
  bool string(std::string_view text);
  bool key(std::string_view text);
  bool start_object();
  bool start_array();
  bool end_object(std::size_t count);
  bool end_array(std::size_t count);

 private:
  bool fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }
  // Inside the object, but not inside one of its values.
  [[nodiscard]] bool at_member() const { return depth_ == 1; }
  bool begin_value();
  bool end_value();
  bool other_kind();
  bool small_number(std::string_view text, std::int32_t& out);

  Envelope& envelope_;
  ValueBuilder builder_;
  const JsonReader<EnvelopeHandler>* reader_ = nullptr;
  std::string_view problem_;
  EnvelopeMember member_{};
  std::size_t depth_ = 0;
  bool in_arguments_ = false;
  bool has_job_class_ = false;
};

}  // namespace narwhal::sdk

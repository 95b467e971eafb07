#include "sdk/envelope_handler.h"

#include <array>
#include <charconv>
#include <utility>

namespace narwhal::sdk {
namespace {

constexpr std::array<std::pair<std::string_view, EnvelopeField>, 9> kFields{{
    {"job_class", EnvelopeField::job_class},
    {"job_id", EnvelopeField::job_id},
    {"queue_name", EnvelopeField::queue_name},
    {"priority", EnvelopeField::priority},
    {"arguments", EnvelopeField::arguments},
    {"executions", EnvelopeField::executions},
    {"exception_executions", EnvelopeField::exception_executions},
    {"enqueued_at", EnvelopeField::enqueued_at},
    {"scheduled_at", EnvelopeField::scheduled_at},
}};

EnvelopeField field_of(std::string_view key) {
  for (const auto& [name, field] : kFields) {
    if (name == key) return field;
  }
  return EnvelopeField::other;
}

// What is wrong with a value of another kind than the field has; empty where any kind will do.
std::string_view wrong_kind(EnvelopeField field) {
  switch (field) {
    case EnvelopeField::job_class:
      return "job_class is not a string";
    case EnvelopeField::job_id:
      return "job_id is not a string";
    case EnvelopeField::queue_name:
      return "queue_name is not a string";
    case EnvelopeField::priority:
      return "priority is not a 32-bit integer";
    case EnvelopeField::arguments:
      return "arguments is not an array";
    case EnvelopeField::executions:
      return "executions is not a 32-bit integer";
    default:
      return {};
  }
}

}  // namespace

bool EnvelopeHandler::begin_value() {
  if (depth_ == 0) return fail("the payload is not an object");
  if (at_member()) member_.value_begin = reader_->token_begin();
  return true;
}

bool EnvelopeHandler::end_value() {
  if (at_member()) {
    member_.value_end = reader_->offset();
    envelope_.members.push_back(member_);
  }
  return true;
}

bool EnvelopeHandler::other_kind() {
  const std::string_view problem = wrong_kind(member_.field);
  return problem.empty() ? end_value() : fail(problem);
}

bool EnvelopeHandler::null() {
  if (!begin_value()) return false;
  if (in_arguments_) return builder_.null();
  if (!at_member()) return true;
  const bool needed =
      member_.field == EnvelopeField::job_class || member_.field == EnvelopeField::arguments;
  return needed ? other_kind() : end_value();
}

bool EnvelopeHandler::boolean(bool value) {
  if (!begin_value()) return false;
  if (in_arguments_) return builder_.boolean(value);
  return !at_member() || other_kind();
}

bool EnvelopeHandler::small_number(std::string_view text, std::int32_t& out) {
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, out);
  return error == std::errc() && end == last ? end_value() : other_kind();
}

bool EnvelopeHandler::number(std::string_view text) {
  if (!begin_value()) return false;
  if (in_arguments_) return builder_.number(text);
  if (!at_member()) return true;
  switch (member_.field) {
    case EnvelopeField::executions:
      return small_number(text, envelope_.executions);
    case EnvelopeField::priority:
      return small_number(text, envelope_.priority.emplace());
    default:
      return other_kind();
  }
}

bool EnvelopeHandler::string(std::string_view text) {
  if (!begin_value()) return false;
  if (in_arguments_) return builder_.string(text);
  if (!at_member()) return true;
  switch (member_.field) {
    case EnvelopeField::job_class:
      envelope_.job_class = text;
      has_job_class_ = true;
      break;
    case EnvelopeField::job_id:
      envelope_.job_id = text;
      break;
    case EnvelopeField::queue_name:
      envelope_.queue_name = text;
      break;
    case EnvelopeField::enqueued_at:
      envelope_.enqueued_at = text;
      break;
    default:
      return other_kind();
  }
  return end_value();
}

bool EnvelopeHandler::key(std::string_view text) {
  if (at_member()) {
    member_.field = field_of(text);
    member_.key_begin = reader_->token_begin();
    return true;
  }
  return !in_arguments_ || builder_.key(text);
}

bool EnvelopeHandler::start_object() {
  if (depth_ > 0 && !begin_value()) return false;
  if (at_member() && !wrong_kind(member_.field).empty()) return other_kind();
  ++depth_;
  return true;
}

bool EnvelopeHandler::start_array() {
  if (!begin_value()) return false;
  if (at_member() && member_.field == EnvelopeField::arguments) {
    in_arguments_ = true;
    builder_.clear();  // of two members of that name the last one counts
  } else if (at_member() && !wrong_kind(member_.field).empty()) {
    return other_kind();
  }
  ++depth_;
  return true;
}

bool EnvelopeHandler::end_object(std::size_t count) {
  --depth_;
  if (in_arguments_) return builder_.end_object(count);
  return depth_ == 0 || end_value();
}

bool EnvelopeHandler::end_array(std::size_t count) {
  --depth_;
  if (at_member()) in_arguments_ = false;
  if (in_arguments_) return builder_.end_array(count);
  return end_value();
}

}  // namespace narwhal::sdk

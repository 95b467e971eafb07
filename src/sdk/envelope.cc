#include "sdk/envelope.h"

#include <algorithm>

#include "narwhal/job_class.h"
#include "sdk/envelope_handler.h"
#include "sdk/json_writer.h"

namespace narwhal::sdk {
namespace {

Error malformed(std::string_view problem, std::size_t offset) {
  return Error{ErrorKind::invalid, std::string(problem) + " at byte " + std::to_string(offset), ""};
}

void write_time(std::string& out, WallNanos time) { write_json_string(out, format_time(time)); }

void write_optional(std::string& out, const std::optional<std::int32_t>& number) {
  if (number) {
    write_json_integer(out, *number);
  } else {
    out += "null";
  }
}

struct FieldText {
  EnvelopeField field;
  std::string_view key;
  std::string value;
};

std::vector<FieldText> changed_fields(const EnvelopeChanges& changes) {
  std::vector<FieldText> fields{
      {EnvelopeField::executions, "executions", std::to_string(changes.executions)},
      {EnvelopeField::exception_executions, "exception_executions",
       changes.exception_executions.to_json()},
      {EnvelopeField::enqueued_at, "enqueued_at", {}},
      {EnvelopeField::scheduled_at, "scheduled_at", {}}};
  write_time(fields[2].value, changes.enqueued_at);
  write_time(fields[3].value, changes.scheduled_at);
  if (!changes.queue.empty()) {
    fields.push_back({EnvelopeField::queue_name, "queue_name", {}});
    write_json_string(fields.back().value, changes.queue);
  }
  if (changes.priority) {
    fields.push_back({EnvelopeField::priority, "priority", std::to_string(*changes.priority)});
  }
  return fields;
}

}  // namespace

Result<void> Envelope::read(std::string_view text) {
  payload = text;
  members.clear();
  job_class.clear();
  job_id.clear();
  queue_name.clear();
  enqueued_at.clear();
  priority.reset();
  executions = 0;
  arguments.clear();
  EnvelopeHandler handler(*this);
  JsonReader<EnvelopeHandler> reader(text, handler);
  handler.follow(reader);
  if (!reader.read()) {
    const bool stopped = !handler.problem().empty();
    return malformed(stopped ? handler.problem() : reader.problem(),
                     stopped ? reader.token_begin() : reader.offset());
  }
  if (!handler.has_job_class()) return malformed("no job_class", 0);
  return {};
}

void Envelope::release() {
  constexpr std::size_t kKept = 1024;
  arguments.clear();
  if (arguments.capacity() > kKept) arguments = std::vector<Value>();
  if (members.capacity() > kKept) members = std::vector<EnvelopeMember>();
}

Value Envelope::exception_executions() const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->field != EnvelopeField::exception_executions) continue;
    auto value =
        Value::parse(payload.substr(member->value_begin, member->value_end - member->value_begin));
    if (value && value->get_if<Value::Object>() != nullptr) return std::move(value).value();
  }
  return Value::Object{};
}

std::string Envelope::rewritten(const EnvelopeChanges& changes) const {
  std::vector<FieldText> changed = changed_fields(changes);
  std::string out;
  out.reserve(payload.size() + 256);
  char separator = '{';
  std::vector<bool> written(changed.size());
  for (const EnvelopeMember& member : members) {
    out.push_back(separator);
    separator = ',';
    const auto change = std::find_if(changed.begin(), changed.end(), [&](const FieldText& field) {
      return field.field == member.field;
    });
    if (change == changed.end()) {
      out.append(payload, member.key_begin, member.value_end - member.key_begin);
      continue;
    }
    out.append(payload, member.key_begin, member.value_begin - member.key_begin);
    out.append(change->value);
    written[static_cast<std::size_t>(change - changed.begin())] = true;
  }
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (written[i]) continue;
    out.append(",\"").append(changed[i].key).append("\":").append(changed[i].value);
  }
  out.push_back('}');
  return out;
}

// Locale and time zone are left to the side that runs the job: a locale that a Rails app does not
// know would fail the job before it starts.
std::string make_payload(const JobRequest& request, WallNanos now) {
  std::string out;
  out.reserve(512);
  out += "{\"job_class\":";
  write_json_string(out, request.job_class->name);
  out += ",\"job_id\":";
  write_json_string(out, request.id);
  out += ",\"provider_job_id\":null,\"queue_name\":";
  write_json_string(out, request.queue);
  out += ",\"priority\":";
  write_optional(out, request.priority);
  out += ",\"arguments\":[";
  for (const Value& argument : request.arguments) {
    if (out.back() != '[') out.push_back(',');
    write_json(out, argument);
  }
  out += "],\"executions\":0,\"exception_executions\":{},\"locale\":null,\"timezone\":null";
  out += ",\"enqueued_at\":";
  write_time(out, now);
  out += ",\"scheduled_at\":";
  if (request.run_at) {
    write_time(out, *request.run_at);
  } else {
    out += "null";
  }
  out.push_back('}');
  return out;
}

}  // namespace narwhal::sdk

#include "job_notes.h"

namespace narwhal::redis {
namespace {

std::uint32_t count(const JsonObject& notes, std::string_view key) {
  const double number = notes.number(key).value_or(0);
  return number > 0 && number < 4e9 ? static_cast<std::uint32_t>(number) : 0;
}

}  // namespace

JobNotes JobNotes::read(const JsonObject& job) {
  JobNotes notes;
  const auto member = job.get("narwhal");
  const auto object = member ? JsonObject::read(*member) : std::nullopt;
  if (!object) return notes;
  notes.id = object->text("id").value_or("");
  notes.counters = {count(*object, "attempts"), count(*object, "crashes"),
                    count(*object, "postponed")};
  notes.history = object->text("history").value_or("");
  return notes;
}

std::string JobNotes::write() const {
  std::string out = "{\"attempts\":" + std::to_string(counters.attempts) +
                    ",\"crashes\":" + std::to_string(counters.crashes) +
                    ",\"postponed\":" + std::to_string(counters.postponed);
  if (!id.empty()) out += ",\"id\":" + json_quote(id);
  if (!history.empty()) out += ",\"history\":" + json_quote(history);
  return out + "}";
}

LastError LastError::of(std::string_view history, std::string_view otherwise) {
  LastError error;
  error.message = json_quote(otherwise);
  const auto run = json_last(history);
  const auto object = run ? JsonObject::read(*run) : std::nullopt;
  if (!object) return error;
  if (const auto name = object->text("error_class"); name && !name->empty()) {
    error.error_class = json_quote(*name);
  } else if (object->is("outcome", R"("crashed")")) {
    error.error_class = R"("Narwhal::WorkerDied")";
  }
  if (const auto message = object->text("message"); message && !message->empty()) {
    error.message = json_quote(*message);
  }
  error.backtrace = object->text("backtrace").value_or("");
  return error;
}

}  // namespace narwhal::redis

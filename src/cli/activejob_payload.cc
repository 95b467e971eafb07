#include "cli/activejob_payload.h"

#include <fmt/format.h>

#include "cli/json_text.h"
#include "cli/wall_time_text.h"

namespace narwhal {

std::string activejob_payload(const ActiveJobFields& job) {
  const std::string priority = job.priority ? fmt::format("{}", *job.priority) : "null";
  const std::string scheduled =
      job.scheduled_at ? json_string(format_wall_time_exact(*job.scheduled_at)) : "null";
  return fmt::format(
      R"({{"job_class":{},"job_id":{},"provider_job_id":null,"queue_name":{},"priority":{},)"
      R"("arguments":{},"executions":0,"exception_executions":{{}},"locale":null,)"
      R"("timezone":null,"enqueued_at":{},"scheduled_at":{}}})",
      json_string(job.job_class), json_string(job.id), json_string(job.queue), priority,
      job.arguments, json_string(format_wall_time_exact(job.enqueued_at)), scheduled);
}

}  // namespace narwhal

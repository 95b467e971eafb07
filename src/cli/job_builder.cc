#include "cli/job_builder.h"

#include <fmt/format.h>

#include "cli/activejob_payload.h"
#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/quantity.h"
#include "cli/queue_list.h"
#include "cli/wall_time_text.h"
#include "narwhal/new_job_rules.h"

namespace narwhal {

namespace {

Error wrong(std::string what) { return Error{ErrorKind::invalid, std::move(what), ""}; }

// What holds for every text of a job that ends up in logs, environments and keys of brokers.
std::optional<std::string> plain_text_problem(std::string_view option, const std::string& text) {
  if (text.empty()) return fmt::format("{} is empty", option);
  if (text.size() > kLongestJobId)
    return fmt::format("{} is longer than {} bytes", option, kLongestJobId);
  if (printable(text) != text) {
    return fmt::format("{} has a control character or is not valid UTF-8", option);
  }
  return std::nullopt;
}

std::optional<std::string> combination_problem(const EnqueueArguments& a) {
  if (a.in && a.at) return "--in and --at exclude each other";
  if (a.args && !a.job_class) return "--args needs --class";
  if (a.bulk && a.id) return "--bulk makes its own ids; leave --id out";
  if (a.bulk && a.args)
    return "--bulk reads the arguments of each job from a line; leave --args out";
  if (a.bulk && a.payload && *a.payload != "-")
    return "--bulk reads its payloads from standard input";
  if (a.ids && !a.bulk) return "--ids needs --bulk";
  if (a.job_class && a.payload && !a.bulk) return "give either --class or a payload";
  if (!a.job_class && !a.payload && !a.bulk) {
    return "what to enqueue? Give a payload, \"-\" to read it from standard input, or --class";
  }
  if (a.id) return plain_text_problem("--id", *a.id);
  if (a.job_class) return plain_text_problem("--class", *a.job_class);
  return std::nullopt;
}

}  // namespace

Result<JobBuilder> JobBuilder::from(const EnqueueArguments& arguments, const Clock& clock,
                                    std::function<std::string()> new_id) {
  if (auto problem = combination_problem(arguments)) return wrong(std::move(*problem));
  if (auto problem = queue_name_problem(arguments.queue)) return wrong("--queue: " + *problem);
  JobBuilder builder{clock, std::move(new_id)};
  if (auto time = builder.set_time(arguments); !time) return time.error();
  builder.queue_ = arguments.queue;
  builder.id_ = arguments.id.value_or("");
  builder.job_class_ = arguments.job_class;
  builder.priority_ = arguments.priority;
  return builder;
}

Result<void> JobBuilder::set_time(const EnqueueArguments& arguments) {
  if (arguments.in) {
    const auto delay = parse_duration(*arguments.in);
    if (!delay) return wrong("--in: " + delay.error().text());
    run_at_ = clock_->wall_now() + std::chrono::duration_cast<std::chrono::microseconds>(*delay);
  }
  if (arguments.at) {
    run_at_ = parse_wall_time(*arguments.at);
    if (!run_at_) {
      return wrong(
          fmt::format("--at: \"{}\" is no time after 1970 in the form of RFC 3339, such as "
                      "2030-01-31T09:00:00Z or 2030-01-31T10:00:00+01:00",
                      printable_short(*arguments.at, 40)));
    }
    if (*run_at_ - clock_->wall_now() > kLongestDuration) {  // as for --in
      return wrong(fmt::format("--at: \"{}\" is more than ten years from now",
                               printable_short(*arguments.at, 40)));
    }
  }
  return {};
}

Result<NewJob> JobBuilder::build(std::string content) const {
  NewJob job;
  job.id = id_.empty() ? new_id_() : id_;
  job.queue = queue_;
  job.priority = priority_.value_or(0);
  job.run_at = run_at_;
  job.payload = std::move(content);
  if (job_class_) {
    auto payload = class_payload(job, job.payload);
    if (!payload) return payload.error();
    job.payload = std::move(*payload);
  }
  if (job.payload.size() > max_payload_) {
    return Error{ErrorKind::too_large,
                 fmt::format("the payload has {} bytes; at most {} ({} bytes) are allowed by "
                             "max_payload or the broker",
                             job.payload.size(), format_size(max_payload_), max_payload_),
                 ""};
  }
  return job;
}

Result<std::string> JobBuilder::class_payload(const NewJob& job, const std::string& args) const {
  if (auto checked = check_json_array(args); !checked) {
    return Error{ErrorKind::invalid, "arguments: " + checked.error().context,
                 checked.error().reason};
  }
  return activejob_payload(
      {*job_class_, job.id, job.queue, args, priority_, clock_->wall_now(), run_at_});
}

}  // namespace narwhal

#include "runtimes/exec/job_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace narwhal::exec {
namespace {

constexpr std::array<std::string_view, 7> kOwnNames = {
    "NARWHAL_JOB_ID",      "NARWHAL_QUEUE",    "NARWHAL_ATTEMPT", "NARWHAL_CRASHES",
    "NARWHAL_ENQUEUED_AT", "NARWHAL_DEADLINE", "NARWHAL_WORKER"};

bool is_own(std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('='));
  return std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end();
}

// Unix seconds with exactly six digits after the point.
std::string seconds(std::int64_t micros) {
  const std::string fraction = std::to_string(micros % 1'000'000);
  return std::to_string(micros / 1'000'000) + "." + std::string(6 - fraction.size(), '0') +
         fraction;
}

std::string text(narwhal_text value) { return {value.data, value.size}; }

}  // namespace

std::vector<std::string> job_environment(const char* const* base, const narwhal_job& job,
                                         std::uint32_t worker) {
  std::vector<std::string> env;
  for (const char* const* entry = base; entry != nullptr && *entry != nullptr; ++entry)
    if (!is_own(*entry)) env.emplace_back(*entry);
  env.push_back("NARWHAL_JOB_ID=" + text(job.id));
  env.push_back("NARWHAL_QUEUE=" + text(job.queue));
  env.push_back("NARWHAL_ATTEMPT=" + std::to_string(job.attempt));
  env.push_back("NARWHAL_CRASHES=" + std::to_string(job.crashes));
  env.push_back("NARWHAL_WORKER=" + std::to_string(worker));
  if (job.enqueued_at > 0) env.push_back("NARWHAL_ENQUEUED_AT=" + seconds(job.enqueued_at));
  if (job.deadline > 0) env.push_back("NARWHAL_DEADLINE=" + seconds(job.deadline));
  return env;
}

}  // namespace narwhal::exec

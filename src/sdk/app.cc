#include "narwhal/app.h"

#include <algorithm>
#include <stdexcept>

namespace narwhal {

void App::add(const detail::JobClass& job_class) {
  if (job_class.name.empty()) throw std::logic_error("a job class has an empty name");
  if (!classes_.emplace(job_class.name, &job_class).second) {
    throw std::logic_error("job class " + job_class.name + " was added twice");
  }
}

const detail::JobClass* App::find(std::string_view name) const {
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : found->second;
}

std::string App::class_list(std::size_t limit) const {
  std::vector<std::string_view> names;
  names.reserve(classes_.size());
  for (const auto& [name, job_class] : classes_) names.push_back(name);
  std::sort(names.begin(), names.end());
  std::string list;
  for (std::size_t i = 0; i < std::min(limit, names.size()); ++i) {
    list.append(list.empty() ? "" : ", ").append(names[i]);
  }
  if (names.size() > limit) list += " and " + std::to_string(names.size() - limit) + " more";
  return list.empty() ? "no job class" : list;
}

void App::run_prepare_fork() const {
  for (const auto& hook : prepare_fork_) hook();
}

void App::run_before_fork() const {
  for (const auto& hook : before_fork_) hook();
}

void App::run_after_fork(unsigned slot) const {
  for (const auto& hook : after_fork_) hook(slot);
}

void App::run_worker_exit() const {
  for (const auto& hook : worker_exit_) hook();
}

}  // namespace narwhal

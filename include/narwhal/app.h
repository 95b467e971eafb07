// App: the application as the daemon loads it: its job classes and its hooks. A .so needs one
//
//   NARWHAL_APP(app) {
//     app.add<Greet>();
//     app.after_fork([](unsigned slot) { connect_to_database(slot); });
//   }
//
// The block runs once, in the mold, when the .so is loaded; what it throws stops the daemon from
// starting, with that message.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "narwhal/job.h"
#include "narwhal/runtime.h"

namespace narwhal {

class App {
 public:
  App() = default;
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  template <typename... T>
  void add() {
    (add(detail::job_class<T>()), ...);
  }

  // Hooks run in the order in which they were added; what one throws fails the step it belongs to.
  // In the mold, once, before the first fork: load what all workers will share.
  void prepare_fork(std::function<void()> hook) { prepare_fork_.push_back(std::move(hook)); }
  // In the mold, before each fork.
  void before_fork(std::function<void()> hook) { before_fork_.push_back(std::move(hook)); }
  // In each new worker, before its first job: open connections, start threads. Slots count from 0.
  void after_fork(std::function<void(unsigned slot)> hook) {
    after_fork_.push_back(std::move(hook));
  }
  // In a worker that leaves in good order. Not when it is killed.
  void on_worker_exit(std::function<void()> hook) { worker_exit_.push_back(std::move(hook)); }

  // For the framework.
  void add(const detail::JobClass& job_class);
  [[nodiscard]] const detail::JobClass* find(std::string_view name) const;
  // The names of the first `limit` classes, sorted, and how many more there are.
  [[nodiscard]] std::string class_list(std::size_t limit) const;
  void run_prepare_fork() const;
  void run_before_fork() const;
  void run_after_fork(unsigned slot) const;
  void run_worker_exit() const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, const detail::JobClass*, Hash, std::equal_to<>> classes_;
  std::vector<std::function<void()>> prepare_fork_;
  std::vector<std::function<void()>> before_fork_;
  std::vector<std::function<void(unsigned)>> after_fork_;
  std::vector<std::function<void()>> worker_exit_;
};

namespace detail {

// The C boundary of this .so; `define` fills the App.
const narwhal_runtime* runtime(void (*define)(App&));

}  // namespace detail
}  // namespace narwhal

// `app` is a parameter's name: no parentheses. NOLINTBEGIN(bugprone-macro-parentheses)
#define NARWHAL_APP(app)                                                         \
  static void narwhal_define_app(::narwhal::App& app);                           \
  extern "C" __attribute__((visibility("default"), used)) const narwhal_runtime* \
  narwhal_runtime_v1(void) {                                                     \
    return ::narwhal::detail::runtime(&narwhal_define_app);                      \
  }                                                                              \
  static void narwhal_define_app([[maybe_unused]] ::narwhal::App& app)
// NOLINTEND(bugprone-macro-parentheses)

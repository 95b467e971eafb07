// The host side of include/narwhal/runtime.h: what a runtime may ask of the mold or worker it runs
// in. The C functions reach it through narwhal_host::self; the worker is attached after the fork.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "narwhal/runtime.h"

namespace narwhal {

class Worker;

class Host {
 public:
  // `body`: what the process does once its runtime is up; its result is the exit status.
  Host(Log& log, std::function<int()> body);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] const narwhal_host& api() const { return api_; }

  // From now on this process is a worker.
  void attach(Worker& worker) { worker_ = &worker; }

 private:
  static Host& of(void* self) { return *static_cast<Host*>(self); }

  narwhal_host api_{};
  Log& log_;
  std::function<int()> body_;
  Worker* worker_ = nullptr;
  std::string error_;  // the text behind the last narwhal_text handed out
};

inline std::string_view view(narwhal_text text) { return {text.data, text.size}; }
inline narwhal_text to_text(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace narwhal

#include "runtimes/ruby/wait.h"

#include <poll.h>
#include <ruby.h>
#include <ruby/thread.h>

#include <cerrno>

#include "runtimes/ruby/protect.h"

namespace narwhal::ruby {
namespace {

struct Wait {
  pollfd descriptor{};
  int timeout_ms = 0;
  int result = 0;
  int error = 0;
};

void* wait_without_lock(void* argument) {
  auto& wait = *static_cast<Wait*>(argument);
  wait.result = ::poll(&wait.descriptor, 1, wait.timeout_ms);
  wait.error = errno;
  return nullptr;
}

}  // namespace

int wait_for_input(int descriptor, int timeout_ms) {
  Wait wait{{descriptor, POLLIN, 0}, timeout_ms};
  // RUBY_UBF_IO: another thread that wants this one's attention interrupts poll().
  const int state =
      protect([&] { rb_thread_call_without_gvl(wait_without_lock, &wait, RUBY_UBF_IO, nullptr); });
  if (state != 0) {
    rb_set_errinfo(Qnil);
    return 0;
  }
  if (wait.result < 0 && wait.error == EINTR) return 0;
  errno = wait.error;
  return wait.result;
}

}  // namespace narwhal::ruby

// Calls from C++ into Ruby. An exception of Ruby's is a longjmp to rb_protect(): between the two no
// frame may hold anything with a destructor, so the callables given to protect() use plain values.
#pragma once

#include <ruby.h>

#include <string>

namespace narwhal::ruby {

// 0: `body` ran to its end. Else it raised, and take_exception() has what; the number is
// rb_protect()'s.
template <typename Body>
int protect(Body body) {
  int state = 0;
  rb_protect(
      [](VALUE argument) -> VALUE {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): a VALUE is all that rb_protect() hands on
        (*reinterpret_cast<Body*>(argument))();
        return Qnil;
      },
      reinterpret_cast<VALUE>(&body), &state);
  return state;
}

// The exception behind a protect() that failed, as "class: message"; it is then done with. The
// Ruby part of the runtime turns exceptions of the app into texts: this is for those that got past.
std::string take_exception();

// A String's bytes; empty for anything else.
std::string to_string(VALUE text);

}  // namespace narwhal::ruby

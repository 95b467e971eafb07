#include "runtimes/ruby/interpreter.h"

#include <ruby.h>

#include <langinfo.h>
#include <array>
#include <clocale>
#include <csignal>
#include <cstring>

namespace narwhal::ruby {
namespace {

// A service manager starts us with no LANG, which Ruby takes for ASCII: the first accent in a
// source file or a payload would then be an error. A locale that was chosen stays.
void choose_locale() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

// Ruby writes process titles over its arguments, so they have to be writable and live on.
std::array<char, 8> program{"narwhal"};
std::array<char, 3> option{"-e"};
std::array<char, 1> script{""};

// A command line sets up encodings, the load path and rubygems, and obeys RUBYOPT. What it names is
// never run.
void set_options() {
  static std::array<char*, 4> arguments{program.data(), option.data(), script.data(), nullptr};
  ruby_options(3, arguments.data());
  ruby_script("narwhal");
}

void start_interpreter() {
  ruby_init();
  set_options();
  // Ruby took TERM, to raise SignalException where it is; a worker that is sent TERM ends at once.
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

int run_interpreter(const narwhal_host& host, int argc, char** argv) {
  choose_locale();
  ruby_sysinit(&argc, &argv);
  // The garbage collector looks for references on the stack from here downwards: all that touches
  // Ruby is called from this frame.
  RUBY_INIT_STACK;
  start_interpreter();
  const int status = host.body(host.self);
  // Its argument is no exit status but the virtual machine's; the host's own is what counts.
  ruby_cleanup(0);
  return status;
}

}  // namespace narwhal::ruby

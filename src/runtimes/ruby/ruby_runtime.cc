// The C boundary of the ruby runtime (runtime.h): turns the host's calls into calls of the Ruby
// part in lib/, and what Ruby raises into outcomes and error texts. Runs in the mold and in the
// workers, on the main thread.

#include <dlfcn.h>
#include <ruby.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>

#include "narwhal/runtime.h"
#include "runtimes/ruby/heap_holes.h"
#include "runtimes/ruby/heap_slots.h"
#include "runtimes/ruby/host_module.h"
#include "runtimes/ruby/interpreter.h"
#include "runtimes/ruby/protect.h"
#include "runtimes/ruby/signal_guard.h"
#include "runtimes/ruby/sources.h"
#include "runtimes/ruby/wait.h"

namespace narwhal::ruby {
namespace {

narwhal_text to_text(const std::string& text) { return {text.data(), text.size()}; }

VALUE to_ruby(narwhal_text text) {
  return rb_utf8_str_new(text.data, static_cast<long>(text.size));
}

// The functions of the C boundary carry no context, so what they share has to be static.
struct Process {
  const narwhal_host* host = nullptr;
  VALUE runtime = Qnil;  // the module Narwhal::Runtime
  SignalGuard signals;
  bool signals_known = false;
  pid_t worker = 0;  // anything else is a process that a job forked
  std::string error;
  // What the last result points into.
  std::array<std::string, 4> texts;
  std::array<std::string, 2> again;
};

Process& process() {
  static Process instance;
  return instance;
}

int report(std::string text, narwhal_text* error) {
  process().error = std::move(text);
  *error = to_text(process().error);
  return -1;
}

// The gem that came with this runtime lies beside it. An app without a Gemfile uses it.
std::string gem_folder() {
  Dl_info here{};
  ::dladdr(reinterpret_cast<void*>(&gem_folder), &here);
  return std::filesystem::path(here.dli_fname).parent_path() / "activejob" / "lib";
}

void run_sources() {
  for (const Source& source : sources()) {
    rb_funcall(rb_mKernel, rb_intern("eval"), 4, rb_utf8_str_new_cstr(source.text),
               rb_const_get(rb_cObject, rb_intern("TOPLEVEL_BINDING")),
               rb_utf8_str_new_cstr(source.name), INT2FIX(1));
  }
}

int start_ruby_part(const narwhal_host& host, narwhal_text* error) {
  const int state = protect([&] {
    define_host_module(host);
    run_sources();
    process().runtime = rb_path2class("Narwhal::Runtime");
    rb_gc_register_mark_object(process().runtime);
  });
  return state == 0 ? 0 : report("unable to start the ruby runtime: " + take_exception(), error);
}

// Calls a method of the Ruby part that answers nil, or with an error text.
template <typename... Arguments>
int call(narwhal_text* error, const char* method, Arguments... arguments) {
  VALUE problem = Qnil;
  const VALUE list[] = {arguments..., Qnil};  // the last one only keeps it from being empty
  const int state = protect([&] {
    problem = rb_funcallv(process().runtime, rb_intern(method), sizeof...(arguments), list);
  });
  if (state != 0) return report(take_exception(), error);
  return NIL_P(problem) ? 0 : report(to_string(problem), error);
}

int load(const narwhal_host* host, narwhal_text path, narwhal_text* error) {
  if (host->abi != NARWHAL_RUNTIME_ABI || host->size < sizeof(narwhal_host)) {
    return report("the daemon speaks another version of the runtime interface", error);
  }
  process().host = host;
  process().signals.remember();
  if (start_ruby_part(*host, error) != 0) return -1;
  const std::string gem = gem_folder();
  const int status = call(error, "load", to_ruby(path), to_ruby(to_text(gem)));
  process().signals.restore();
  return status;
}

int prepare_fork(narwhal_text* error) {
  if (call(error, "prepare_fork") != 0) return -1;
  settle_heap_slots();
  plug_heap_holes();
  return 0;
}

int before_fork(std::uint32_t slot, narwhal_text* error) {
  return call(error, "before_fork", UINT2NUM(slot));
}

// Ruby's own fork, since no other leaves the interpreter usable in the child.
pid_t fork_process() {
  const pid_t parent = ::getpid();
  VALUE child = Qnil;
  const int state = protect([&] { child = rb_funcall(rb_mProcess, rb_intern("fork"), 0); });
  if (state == 0) return NIL_P(child) ? 0 : static_cast<pid_t>(NUM2LONG(child));
  const std::string why = "fork failed: " + take_exception();
  process().host->log(process().host->self, NARWHAL_LOG_ERROR, to_text(why));
  // A fork handler of the app raised in the child, which must not go on as a second mold.
  if (::getpid() != parent) ::_exit(1);
  errno = EAGAIN;
  return -1;
}

int after_fork(std::uint32_t slot, narwhal_text* error) {
  process().worker = ::getpid();
  const int status = call(error, "after_fork", UINT2NUM(slot));
  process().signals.restore();
  return status;
}

// By its first wait the worker has set its own handlers, which jobs must not take.
int wait(int descriptor, int timeout_ms) {
  if (!process().signals_known) process().signals.remember();
  process().signals_known = true;
  return wait_for_input(descriptor, timeout_ms);
}

int run_job(const narwhal_job& job, VALUE& outcome) {
  return protect([&] {
    outcome = rb_funcall(process().runtime, rb_intern("execute"), 9, to_ruby(job.payload),
                         to_ruby(job.id), to_ruby(job.queue), UINT2NUM(job.attempt),
                         UINT2NUM(job.crashes), INT2NUM(job.priority), LL2NUM(job.enqueued_at),
                         LL2NUM(job.deadline), job.soft_timeout_ms != 0 ? Qtrue : Qfalse);
  });
}

// [id, queue, payload, run_at, priority]; the id stays the job's own.
void fill_again(VALUE fields, narwhal_new_job& again) {
  process().again = {to_string(rb_ary_entry(fields, 1)), to_string(rb_ary_entry(fields, 2))};
  again.queue = to_text(process().again[0]);
  again.payload = to_text(process().again[1]);
  const VALUE run_at = rb_ary_entry(fields, 3);
  again.run_at = NIL_P(run_at) ? -1 : NUM2LL(run_at);
  again.priority = NUM2INT(rb_ary_entry(fields, 4));
}

void fill_done(VALUE job_class, narwhal_result& result) {
  process().texts[0] = to_string(job_class);
  result.outcome = NARWHAL_DONE;
  result.job_class = to_text(process().texts[0]);
}

// As Run#perform gives it.
void fill_result(VALUE outcome, narwhal_result& result) {
  if (RB_TYPE_P(outcome, T_STRING)) return fill_done(outcome, result);
  auto& texts = process().texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i] = to_string(rb_ary_entry(outcome, static_cast<long>(i) + 1));
  }
  result.outcome = NUM2INT(rb_ary_entry(outcome, 0));
  result.job_class = to_text(texts[0]);
  result.error_class = to_text(texts[1]);
  result.message = to_text(texts[2]);
  result.backtrace = to_text(texts[3]);
  const VALUE again = rb_ary_entry(outcome, 5);
  if (!NIL_P(again)) fill_again(again, result.again);
  result.leave = RTEST(rb_ary_entry(outcome, 6)) ? 1 : 0;
}

// Something got past the Ruby part, so nobody knows what state it left behind.
void fill_unknown(narwhal_result& result) {
  process().texts = {"", "Narwhal::RuntimeError", take_exception(), ""};
  result.outcome = NARWHAL_FAILED;
  result.error_class = to_text(process().texts[1]);
  result.message = to_text(process().texts[2]);
  result.leave = 1;
}

void execute(const narwhal_job* job, narwhal_result* result) {
  VALUE outcome = Qnil;
  const int state = run_job(*job, outcome);
  // A process that the job forked, and that came back out of perform, ends as any Ruby program
  // does; it must not go on as a second worker.
  if (::getpid() != process().worker) ::_exit(ruby_cleanup(state));
  process().signals.restore();
  if (state == 0) {
    fill_result(outcome, *result);
  } else {
    fill_unknown(*result);
  }
  RB_GC_GUARD(outcome);
}

constexpr narwhal_runtime kRuntime = {
    .abi = NARWHAL_RUNTIME_ABI,
    .size = sizeof(narwhal_runtime),
    .name = "ruby",
    .version = NARWHAL_RUBY_VERSION,
    .run = [](const narwhal_host* host, int argc,
              char** argv) { return run_interpreter(*host, argc, argv); },
    .load = &load,
    .prepare_fork = &prepare_fork,
    .before_fork = &before_fork,
    .fork = &fork_process,
    .after_fork = &after_fork,
    .wait = &wait,
    .execute = &execute,
    .finish = nullptr,  // at_exit blocks run when the interpreter is taken down
    .interrupt_signal = SIGUSR2,
    .death_signal = 0,
};

}  // namespace
}  // namespace narwhal::ruby

extern "C" __attribute__((visibility("default"))) const narwhal_runtime* narwhal_runtime_v1() {
  return &narwhal::ruby::kRuntime;
}

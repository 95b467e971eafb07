#include "runtimes/ruby/host_module.h"

#include <ruby.h>
#include <ruby/encoding.h>

#include <cstddef>
#include <cstdint>

namespace narwhal::ruby {
namespace {

// Methods of a module carry no context, so what they speak to has to be static.
const narwhal_host* host = nullptr;

narwhal_text to_text(VALUE string) {
  return {RSTRING_PTR(string), static_cast<std::size_t>(RSTRING_LEN(string))};
}

VALUE boolean(bool value) { return value ? Qtrue : Qfalse; }

VALUE is_stopping(VALUE) {
  constexpr std::uint32_t kEither = NARWHAL_STATE_STOPPING | NARWHAL_STATE_SOFT_TIMEOUT;
  return boolean((host->state(host->self) & kEither) != 0);
}

VALUE is_over_soft_timeout(VALUE) {
  return boolean((host->state(host->self) & NARWHAL_STATE_SOFT_TIMEOUT) != 0);
}

VALUE extend_deadline(VALUE, VALUE milliseconds) {
  return boolean(host->extend_deadline(host->self, NUM2ULL(milliseconds)) != 0);
}

VALUE set_title(VALUE, VALUE title) {
  host->set_title(host->self, to_text(StringValue(title)));
  return Qnil;
}

VALUE set_job_class(VALUE, VALUE name) {
  constexpr std::size_t kNeeded =
      offsetof(narwhal_host, set_job_class) + sizeof(host->set_job_class);
  const bool known = host->size >= kNeeded && host->set_job_class != nullptr;
  if (known) host->set_job_class(host->self, to_text(StringValue(name)));
  return Qnil;
}

// [id, queue, payload, run_at in microseconds or nil, priority]
narwhal_new_job to_new_job(VALUE fields) {
  Check_Type(fields, T_ARRAY);
  narwhal_new_job job{};
  VALUE texts[3] = {rb_ary_entry(fields, 0), rb_ary_entry(fields, 1), rb_ary_entry(fields, 2)};
  for (VALUE text : texts) Check_Type(text, T_STRING);
  job.id = to_text(texts[0]);
  job.queue = to_text(texts[1]);
  job.payload = to_text(texts[2]);
  const VALUE run_at = rb_ary_entry(fields, 3);
  job.run_at = NIL_P(run_at) ? -1 : NUM2LL(run_at);
  job.priority = NUM2INT(rb_ary_entry(fields, 4));
  return job;
}

// nil, or why not. Keeps the lock of the interpreter while it waits for the master: the channel is
// not for two threads.
VALUE enqueue(VALUE, VALUE jobs) {
  Check_Type(jobs, T_ARRAY);
  const long count = RARRAY_LEN(jobs);
  VALUE buffer = 0;
  auto* list = ALLOCV_N(narwhal_new_job, buffer, count);
  for (long i = 0; i < count; ++i) list[i] = to_new_job(rb_ary_entry(jobs, i));
  narwhal_text error{};
  const int status = host->enqueue(host->self, list, static_cast<std::size_t>(count), &error);
  ALLOCV_END(buffer);
  RB_GC_GUARD(jobs);
  return status == 0 ? Qnil : rb_utf8_str_new(error.data, static_cast<long>(error.size));
}

}  // namespace

void define_host_module(const narwhal_host& given) {
  host = &given;
  const VALUE narwhal = rb_define_module("Narwhal");
  const VALUE runtime = rb_define_module_under(narwhal, "Runtime");
  const VALUE module = rb_define_module_under(runtime, "Host");
  rb_define_singleton_method(module, "stopping?", is_stopping, 0);
  rb_define_singleton_method(module, "soft_timeout?", is_over_soft_timeout, 0);
  rb_define_singleton_method(module, "extend_deadline", extend_deadline, 1);
  rb_define_singleton_method(module, "title", set_title, 1);
  rb_define_singleton_method(module, "job_class", set_job_class, 1);
  rb_define_singleton_method(module, "enqueue", enqueue, 1);
}

}  // namespace narwhal::ruby

#include "runtimes/ruby/protect.h"

namespace narwhal::ruby {

std::string to_string(VALUE text) {
  if (!RB_TYPE_P(text, T_STRING)) return {};
  return {RSTRING_PTR(text), static_cast<std::size_t>(RSTRING_LEN(text))};
}

std::string take_exception() {
  const VALUE error = rb_errinfo();
  rb_set_errinfo(Qnil);
  // What a throw or a killed thread leaves behind is no object that can be asked.
  if (!RB_TYPE_P(error, T_OBJECT)) return "it was left by a jump";
  VALUE text = Qnil;
  protect([&] {
    text = rb_str_plus(rb_class_name(CLASS_OF(error)), rb_str_new_cstr(": "));
    text = rb_str_plus(text, rb_obj_as_string(error));
  });
  rb_set_errinfo(Qnil);
  std::string described = to_string(text);
  RB_GC_GUARD(text);
  return described.empty() ? "an exception that has no text" : described;
}

}  // namespace narwhal::ruby

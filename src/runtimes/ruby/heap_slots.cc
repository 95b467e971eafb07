#include "runtimes/ruby/heap_slots.h"

#include <ruby.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "runtimes/ruby/protect.h"

namespace narwhal::ruby {
namespace {

// An object is old after it has survived that many collections.
constexpr int kCollectionsUntilOld = 3;

void make_all_old() {
  protect([] {
    for (int i = 0; i < kCollectionsUntilOld; ++i) rb_gc_start();
  });
  rb_set_errinfo(Qnil);
}

}  // namespace

// From 3.2 on slots are of several sizes.
#if RUBY_API_VERSION_CODE < 30200

namespace {

// Free pages beside each hundred that are used. With fewer than a fifth of the heap free after a
// collection a worker's heap would grow, by more than this.
constexpr std::size_t kFreePagesPerHundred = 40;

std::size_t statistic(const char* name) { return rb_gc_stat(ID2SYM(rb_intern(name))); }

std::size_t constant(const char* name) {
  const VALUE gc = rb_const_get(rb_cObject, rb_intern("GC"));
  const VALUE all = rb_const_get(gc, rb_intern("INTERNAL_CONSTANTS"));
  return NUM2SIZET(rb_hash_fetch(all, ID2SYM(rb_intern(name))));
}

VALUE new_objects(std::size_t count) {
  const VALUE objects = rb_ary_new_capa(static_cast<long>(count));
  for (std::size_t i = 0; i < count; ++i) rb_ary_push(objects, rb_obj_alloc(rb_cObject));
  return objects;
}

// What fills the free slots, and what is needed to tell their pages.
struct Filling {
  VALUE objects = Qnil;
  std::size_t page_size = 0;
  std::size_t slots = 0;  // of a page; where its start makes it so, a page has one less
  std::size_t pages = 0;
  bool app_has_disabled_gc = false;
};

Filling fill() {
  Filling made;
  made.page_size = constant("HEAP_PAGE_SIZE");
  made.slots = constant("HEAP_PAGE_OBJ_LIMIT");
  rb_gc_start();
  made.app_has_disabled_gc = RTEST(rb_gc_disable());
  made.pages = statistic("heap_allocated_pages");
  made.objects = new_objects(statistic("heap_free_slots") - 1);  // one is for the list
  return made;
}

// Which pages are full of our objects alone. Calls nothing of Ruby's that raises.
class WholePages {
 public:
  explicit WholePages(const Filling& filling) : filling_(filling) {
    const long count = RARRAY_LEN(filling.objects);
    for (long i = 0; i < count; ++i) ++objects_[page_of(RARRAY_AREF(filling.objects, i))];
  }
  [[nodiscard]] bool have(VALUE object) const { return is_whole(objects_.at(page_of(object))); }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(objects_.begin(), objects_.end(),
                      [this](const auto& page) { return is_whole(page.second); }));
  }

 private:
  [[nodiscard]] std::uintptr_t page_of(VALUE object) const { return object / filling_.page_size; }
  [[nodiscard]] bool is_whole(std::size_t objects) const { return objects + 1 >= filling_.slots; }

  const Filling& filling_;
  std::unordered_map<std::uintptr_t, std::size_t> objects_;  // by page
};

// Lets go of those in whole pages; the others stay.
void keep_partly_used_pages_filled(const Filling& filling, const WholePages& whole) {
  const VALUE kept = rb_ary_new();
  rb_gc_register_mark_object(kept);
  const long count = RARRAY_LEN(filling.objects);
  for (long i = 0; i < count; ++i) {
    const VALUE object = RARRAY_AREF(filling.objects, i);
    if (!whole.have(object)) rb_ary_push(kept, object);
  }
  rb_ary_clear(filling.objects);
}

void add_free_pages(const Filling& filling, std::size_t free) {
  const std::size_t wanted = (filling.pages - free) * kFreePagesPerHundred / 100;
  if (wanted > free) rb_ary_clear(new_objects((wanted - free) * filling.slots));
}

}  // namespace

void settle_heap_slots() {
  Filling filling;
  if (protect([&] { filling = fill(); }) == 0) {
    const WholePages whole(filling);
    const std::size_t free = whole.count();
    protect([&] {
      keep_partly_used_pages_filled(filling, whole);
      add_free_pages(filling, free);
    });
  }
  if (!filling.app_has_disabled_gc) rb_gc_enable();
  make_all_old();
}

#else

void settle_heap_slots() { make_all_old(); }

#endif

}  // namespace narwhal::ruby

// What makes workers stop sharing the mold's memory is less Ruby's heap than malloc's: chunks freed
// while the app was loaded lie in holes between live ones, and every worker fills them anew, each
// in a page that it then has to itself.
#pragma once

namespace narwhal::ruby {

// Fills the holes for the mold's life, so that a worker's first allocations come from fresh pages.
// They are resident already: it costs nothing but milliseconds. Call in the mold, before the first
// fork and after all garbage has been collected. Does nothing without glibc.
void plug_heap_holes();

}  // namespace narwhal::ruby

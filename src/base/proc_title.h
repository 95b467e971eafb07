// The process title, as ps and top show it. Linux shows whatever stands in the memory that argv and
// environ came in; claim() moves the environment away first, so that titles have room.
#pragma once

#include <string_view>

namespace narwhal::proc_title {

// Call once, first thing in main(), before anything keeps a pointer into environ.
void claim(int argc, char** argv);

// Silently cut to the room there is. A no-op before claim().
void set(std::string_view title);

}  // namespace narwhal::proc_title

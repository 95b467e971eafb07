// Makes any bytes fit to be shown on a terminal: control characters, direction overrides and
// invalid UTF-8 are escaped, so a payload or a queue name can neither move the cursor nor break a
// table.
#pragma once

#include <string>
#include <string_view>

#include "narwhal/utf8.h"

namespace narwhal {

// Readable text stays as it is; the rest becomes \n, \t, \r, \xNN (a byte) or \u{NNNN}.
std::string printable(std::string_view bytes);

// As printable(), shortened to `columns` characters with "..." at the end.
std::string printable_short(std::string_view bytes, std::size_t columns);

// How many characters a valid UTF-8 text has.
std::size_t character_count(std::string_view utf8);

}  // namespace narwhal

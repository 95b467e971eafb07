// A table for a terminal: columns as wide as their widest cell, left-aligned, two spaces between.
#pragma once

#include <string>
#include <vector>

namespace narwhal {

// The first row is the heading. Cells must be printable().
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace narwhal

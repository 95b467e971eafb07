// "Did you mean": the known name nearest to a misspelt one. Used for keys, tables, environment
// variables, commands and flags alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal {

// Insertions, deletions, substitutions and swaps of neighbours; case, "-" and "_" count as equal.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Nothing when no candidate is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates);

}  // namespace narwhal

// The history of a job's runs, as the master writes it (a JSON array of objects), made readable.
// Shows what is there: keys it knows in a fixed order, then any others. Pure.
#pragma once

#include <string>
#include <string_view>

namespace narwhal {

std::string history_text(std::string_view history);

// The history as JSON: itself if it is valid, else as a string.
std::string history_json(std::string_view history);

}  // namespace narwhal

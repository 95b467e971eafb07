// Job ids: UUIDs of version 7 (RFC 9562), which sort by time of creation.
#pragma once

#include <string>

namespace narwhal::sdk {

std::string make_uuid();

}  // namespace narwhal::sdk

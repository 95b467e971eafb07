// Base64 (RFC 4648, padded), for bytes inside JSON.
#pragma once

#include <string>
#include <string_view>

namespace narwhal {

std::string base64(std::string_view bytes);

}  // namespace narwhal

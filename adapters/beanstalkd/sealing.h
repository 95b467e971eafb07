// Sealing: fits a job into what the server takes as one body. Pure.
#pragma once

#include <optional>
#include <string>

#include "envelope.h"

namespace narwhal::beanstalkd {

// What an envelope without history and reason may take, so a payload that leaves this much room can
// always be stored again after a failure.
inline constexpr std::size_t kEnvelopeRoom = 1024;

// The envelope as bytes for a payload of that size. Where the server's limit is too close, history
// goes first, then the reason. Nothing when not even the rest fits.
std::optional<std::string> seal_within(Envelope envelope, std::size_t payload_size,
                                       std::size_t max_job_size);

}  // namespace narwhal::beanstalkd

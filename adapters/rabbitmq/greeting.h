// Greeting: what both sides say of themselves at the start of a connection. Pure.
#pragma once

#include <string>

#include "codec.h"
#include "location.h"

namespace narwhal::rabbitmq {

// "3.10.8"; empty when the server does not tell.
std::string version_of(const amqp_connection_start_t& method);

// Answers connection.start with user, password and what this client can do.
void append_start_ok(std::string& out, const Location& location, const std::string& client_name);

}  // namespace narwhal::rabbitmq

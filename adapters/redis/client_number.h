// A connection of ours as the server numbers it (CLIENT ID): what others are told about it by.
// Within one run of the server a number is one client's for ever.
#pragma once

#include <functional>

#include "connection.h"

namespace narwhal::redis {

// Told the number, or why there is none.
using ClientTold = std::function<void(Result<std::int64_t>)>;
void ask_client_number(Connection& connection, ClientTold told);

// `by` asks the server to end the client, and whatever it has sent and the server has not read.
void kill_client(Connection& by, std::int64_t client);

// `by` asks the server to end what the client is blocked in. There is no client 0.
void unblock_client(Connection& by, std::int64_t client, Connection::Handler handler);

}  // namespace narwhal::redis

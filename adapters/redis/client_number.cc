#include "client_number.h"

namespace narwhal::redis {

void ask_client_number(Connection& connection, ClientTold told) {
  connection
      .request(2,
               [told = std::move(told)](ReplyPtr reply) -> Result<void> {
                 if (reply->type == REDIS_REPLY_INTEGER) {
                   told(std::int64_t{reply->integer});
                 } else {
                   told(reply_error("unable to learn our client's number", text(*reply)));
                 }
                 return {};
               })
      .arg("CLIENT")
      .arg("ID");
}

void kill_client(Connection& by, std::int64_t client) {
  by.request(4, [](ReplyPtr) -> Result<void> { return {}; })
      .arg("CLIENT")
      .arg("KILL")
      .arg("ID")
      .arg(client);
}

void unblock_client(Connection& by, std::int64_t client, Connection::Handler handler) {
  by.request(3, std::move(handler)).arg("CLIENT").arg("UNBLOCK").arg(client);
}

}  // namespace narwhal::redis

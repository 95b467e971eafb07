#include "greeting.h"

#include "table.h"

namespace narwhal::rabbitmq {

std::string version_of(const amqp_connection_start_t& method) {
  return std::string{text_in(method.server_properties, "version").value_or("")};
}

void append_start_ok(std::string& out, const Location& location, const std::string& client_name) {
  Table capabilities;
  // Without these the server cancels a consumer, refuses a login or stops a publisher in silence.
  capabilities.add("consumer_cancel_notify", true);
  capabilities.add("authentication_failure_close", true);
  capabilities.add("connection.blocked", true);
  capabilities.add("basic.nack", true);
  capabilities.add("publisher_confirms", true);
  Table client;
  client.add("product", "narwhal");
  client.add("platform", "C++");
  client.add("connection_name", std::string_view{client_name});
  client.add("capabilities", capabilities.get());

  const std::string response = std::string(1, '\0') + location.user + '\0' + location.password;
  // A client certificate alone is a login where no user is named.
  const bool external = location.user.empty() && !location.tls.cert.empty();
  amqp_connection_start_ok_t answer{};
  answer.client_properties = client.get();
  answer.mechanism = to_bytes(external ? "EXTERNAL" : "PLAIN");
  answer.response = external ? amqp_bytes_t{} : to_bytes(response);
  answer.locale = to_bytes("en_US");
  append_method(out, 0, AMQP_CONNECTION_START_OK_METHOD, &answer);
}

}  // namespace narwhal::rabbitmq

#include "conf.h"

#include <array>

#include "narwhal/redact.h"

namespace narwhal::kafka {
namespace {

Error unusable(const Location& location, const std::string& reason) {
  return Error{ErrorKind::invalid, "unable to use broker: " + location.shown, reason};
}

Result<void> set(rd_kafka_conf_t* conf, const Properties& properties, const Location& location) {
  std::array<char, 512> problem{};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem.data(), problem.size()) !=
        RD_KAFKA_CONF_OK) {
      std::string text = problem.data();
      if (names_secret(name)) hide_secret(text, value);
      return unusable(location, name + ": " + text);
    }
  }
  return {};
}

}  // namespace

Result<Conf> make_conf(const Location& location, const Properties& defaults,
                       const Properties& fixed) {
  Conf conf(rd_kafka_conf_new());
  const Properties basic = {{"bootstrap.servers", location.servers},
                            {"client.id", location.client_id}};
  for (const Properties* each : {&basic, &defaults, &location.properties, &fixed}) {
    if (auto done = set(conf.get(), *each, location); !done.ok()) return done.error();
  }
  return conf;
}

Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const Location& location) {
  std::array<char, 512> problem{};
  Handle handle(rd_kafka_new(type, conf.get(), problem.data(), problem.size()));
  if (!handle) return unusable(location, problem.data());
  conf.release();  // NOLINT(bugprone-unused-return-value): the handle has it now
  return handle;
}

ErrorKind error_kind(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return ErrorKind::too_large;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return ErrorKind::not_found;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return ErrorKind::refused;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return ErrorKind::invalid;
    default:
      return ErrorKind::unavailable;
  }
}

}  // namespace narwhal::kafka

// open_producer(): chooses the adapter by the URL's scheme. A new adapter is one line here.
#include <algorithm>
#include <array>

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/sqlite/sqlite_type.h"
#include "narwhal/broker.h"
#include "narwhal/producer.h"

namespace narwhal {
namespace {

const BrokerType* type_of(const std::string& url) {
  const std::array types = {&beanstalkd_broker_type(), &sqlite_broker_type()};
  const std::string scheme = url.substr(0, url.find(':'));
  const auto speaks = [&scheme](const BrokerType* type) {
    return std::find(type->schemes.begin(), type->schemes.end(), scheme) != type->schemes.end();
  };
  const auto at = std::find_if(types.begin(), types.end(), speaks);
  return at == types.end() ? nullptr : *at;
}

}  // namespace

Result<std::unique_ptr<Producer>> open_producer(const std::string& url) {
  const BrokerType* type = type_of(url);
  if (type == nullptr) {
    // Not the whole url: it may hold a password.
    return Error{ErrorKind::invalid, "unable to open producer: " + url.substr(0, url.find(':')),
                 "no broker of that kind is known"};
  }
  BrokerConfig config;
  config.url = url;
  return type->open_producer(config);
}

}  // namespace narwhal

// open_producer(): chooses the adapter by the URL's scheme.
#include <algorithm>

#include "adapters/registry.h"
#include "narwhal/broker.h"
#include "narwhal/producer.h"

namespace narwhal {
namespace {

const BrokerType* type_of(const std::string& url) {
  const std::vector<const BrokerType*> types = all_broker_types();
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

// What must hold between keys, and between the configuration and this build: application, retry,
// limits, and each broker against its adapter. Pure but for BrokerType::validate.
#pragma once

#include <vector>

#include "cli/config_draft.h"
#include "narwhal/broker.h"

namespace narwhal {

using BrokerTypes = std::vector<const BrokerType*>;

// nullptr when no adapter takes URLs of this scheme.
const BrokerType* find_broker_type(const BrokerTypes& types, std::string_view url);

// What is wrong with the broker by itself, secrets hidden.
std::vector<BrokerMistake> broker_problems(const BrokerConfig& broker, const BrokerTypes& types);

// A rule whose keys were refused already is not applied to them again.
void check_config_rules(const BrokerTypes& types, ConfigDraft& draft);

}  // namespace narwhal

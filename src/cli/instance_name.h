// The stable name of this instance: the same after every restart, different for two configurations
// on one host and for one configuration on two hosts. Brokers keep work in progress under it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace narwhal {

std::string host_name();

// From host and configuration file: "web1-narwhal-1f3a9c02". Letters, digits, "-", "_" and "."
// only.
std::string default_instance_name(std::string_view host, const std::string& config_path);

// What is wrong with a name that the operator chose; nothing when it is good.
std::optional<std::string> instance_name_problem(std::string_view name);

}  // namespace narwhal

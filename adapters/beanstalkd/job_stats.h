// What the server counts about a job, a tube and itself: its YAML, read for the few keys that
// matter. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narwhal::beanstalkd {

// The value of `key: value` in the server's flat YAML; empty when there is none.
std::string_view yaml_text(std::string_view yaml, std::string_view key);
std::uint64_t yaml_number(std::string_view yaml, std::string_view key);

// From stats-job. The counts begin anew when the server starts.
struct JobStats {
  std::string tube;
  std::uint32_t priority = 0;
  std::uint32_t ttr = 0;       // seconds
  std::uint64_t age = 0;       // seconds since the put
  std::uint32_t reserves = 0;  // the present one included
  std::uint32_t releases = 0;
  std::uint32_t buries = 0;

  // Reservations that nobody ended: the connection was closed, or the time to run was over.
  [[nodiscard]] std::uint32_t cut_off() const {
    const std::uint32_t ended = releases + buries + 1;
    return reserves > ended ? reserves - ended : 0;
  }
};

JobStats read_job_stats(std::string_view yaml);

}  // namespace narwhal::beanstalkd

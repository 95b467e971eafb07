#include "integration/brokers/beanstalkd_host.h"

#include <algorithm>
#include <sstream>

#include "adapters/beanstalkd/beanstalkd_type.h"

namespace narwhal::test {
namespace {

class BeanstalkdJobs final : public JobStore {
 public:
  BeanstalkdJobs(BeanstalkdServer& server, BrokerConfig config)
      : JobStore(beanstalkd_broker_type(), std::move(config)), server_(server) {}

  // A job that moves is put before it is deleted, so none is overlooked.
  int live() override {
    int count = 0;
    std::istringstream tubes(server_.ask("list-tubes"));
    for (std::string line; std::getline(tubes, line);) {
      if (!line.starts_with("- ") || line.ends_with(".narwhal-dead")) continue;
      count += live_in(line.substr(2));
    }
    return count;
  }

 private:
  int live_in(const std::string& tube) {
    const std::string stats = server_.ask("stats-tube " + tube);
    int count = 0;
    for (const char* state : {"ready", "reserved", "delayed", "buried"}) {
      const std::string key = std::string("current-jobs-") + state + ": ";
      const std::size_t at = stats.find(key);
      if (at != std::string::npos) count += std::stoi(stats.substr(at + key.size()));
    }
    return count;
  }

  BeanstalkdServer& server_;
};

}  // namespace

const BrokerType& BeanstalkdHost::type() const { return beanstalkd_broker_type(); }

std::unique_ptr<JobStore> BeanstalkdHost::make_jobs() {
  BrokerConfig config;
  config.url = url();
  return std::make_unique<BeanstalkdJobs>(server_, std::move(config));
}

}  // namespace narwhal::test

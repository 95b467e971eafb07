// open_producer(): chooses the adapter by the URL's scheme.
#include <algorithm>
#include <utility>

#include "adapters/registry.h"
#include "narwhal/broker.h"
#include "narwhal/new_job_rules.h"
#include "narwhal/redact.h"

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

// The first thing wrong with the options, without secrets; empty when nothing is.
std::string option_problem(const BrokerType& type, const BrokerConfig& config) {
  if (config.options.empty() || !type.validate) return {};
  const std::vector<BrokerMistake> mistakes = type.validate(config);
  if (mistakes.empty()) return {};
  std::string text = hide_secrets(mistakes.front().text, config.url);
  for (const auto& [name, value] : config.options) {
    if (names_secret(name)) hide_secret(text, value);
  }
  return mistakes.front().key + ": " + text;
}

// Refuses what no broker should get, before it is sent anywhere.
class StrictProducer final : public Producer {
 public:
  explicit StrictProducer(std::unique_ptr<Producer> producer) : producer_(std::move(producer)) {}

  Result<std::string> enqueue(const NewJob& job) override {
    if (auto good = check_rules(job, SystemClock{}.wall_now()); !good) return good.error();
    return producer_->enqueue(job);
  }

  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override {
    const WallTime now = SystemClock{}.wall_now();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (auto good = check_rules(jobs[i], now); !good) {
        return Error{
            good.error().kind,
            "unable to enqueue job " + std::to_string(i + 1) + " of " + std::to_string(jobs.size()),
            good.error().reason};
      }
    }
    return producer_->enqueue_all(jobs);
  }

  [[nodiscard]] std::size_t server_max_payload() const override {
    return producer_->server_max_payload();
  }

 private:
  std::unique_ptr<Producer> producer_;
};

}  // namespace

Result<std::unique_ptr<Producer>> open_producer(const std::string& url) {
  return open_producer(url, {});
}

Result<std::unique_ptr<Producer>> open_producer(const std::string& url,
                                                std::map<std::string, std::string> options) {
  const BrokerType* type = type_of(url);
  if (type == nullptr) {
    // Not the whole url: it may hold a password.
    return Error{ErrorKind::invalid, "unable to open producer: " + url.substr(0, url.find(':')),
                 "no broker of that kind is known"};
  }
  BrokerConfig config;
  config.url = url;
  config.options = std::move(options);
  if (std::string problem = option_problem(*type, config); !problem.empty()) {
    return Error{ErrorKind::invalid, "unable to open producer", std::move(problem)};
  }
  auto opened = type->open_producer(config);
  if (!opened) return opened;
  return std::unique_ptr<Producer>(std::make_unique<StrictProducer>(std::move(*opened)));
}

}  // namespace narwhal

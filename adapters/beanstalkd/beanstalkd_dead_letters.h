// BeanstalkdDeadLetters: the dead letters of each tube are ready jobs of a tube beside it that no
// worker watches. They are looked through by reserving one after the other; closing the connection
// makes them ready again, in their old order, also when this process is killed halfway.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client.h"
#include "envelope.h"
#include "narwhal/broker.h"

namespace narwhal::beanstalkd {

class BeanstalkdDeadLetters final : public DeadLetters {
 public:
  static Result<std::unique_ptr<DeadLetters>> open(Place place);

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  struct Letter {
    ServerId job = 0;
    bool sealed = false;
    Envelope envelope;
    std::string payload;
  };
  // False: seen enough of this tube.
  using Visit = std::function<Result<bool>(Letter&)>;
  using Act = Result<void> (BeanstalkdDeadLetters::*)(Letter&);

  explicit BeanstalkdDeadLetters(Place place) : client_(std::move(place)) {}

  Result<std::vector<std::string>> tubes_of(std::string_view queue);
  Result<void> walk(std::string_view queue, const Visit& visit);
  Result<void> walk_tube(const std::string& tube, const Visit& visit);
  Result<std::size_t> act_on(const std::vector<std::string>& ids, Act act);
  Result<std::size_t> act_on_all(std::string_view queue, Act act);
  Result<void> put_back(Letter& letter);
  Result<void> erase(Letter& letter);
  static Letter read_letter(const std::string& tube, Reply reply);
  static DeadLetter to_dead_letter(Letter letter);

  Client client_;
  SystemClock clock_;
};

}  // namespace narwhal::beanstalkd

#include "master/spawn_brake.h"

namespace narwhal {

void SpawnBrake::on_failure(TimePoint now, double random) {
  if (now < retry_at_) return;
  ++rounds_;
  retry_at_ = now + kBackoff.delay(rounds_, random);
}

void SpawnBrake::on_ready() {
  rounds_ = 0;
  ever_ready_ = true;
  retry_at_ = {};
}

}  // namespace narwhal

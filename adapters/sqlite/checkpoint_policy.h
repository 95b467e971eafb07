// CheckpointPolicy: when the log is long enough to be written back. Pure. A long log makes every
// read slower; writing it back costs fsyncs, so the writer thread does it.
#pragma once

namespace narwhal::sqlite {

class CheckpointPolicy {
 public:
  // `frames`: length of the log in pages, after a commit.
  [[nodiscard]] bool due(int frames) {
    if (frames < kStep) next_ = kStep;  // it has begun again at its start
    return !running_ && frames >= next_;
  }
  // If readers keep the log from being cut, the next try waits until it has grown again.
  void started(int frames) {
    running_ = true;
    next_ = frames + kStep;
  }
  void ended() { running_ = false; }

 private:
  static constexpr int kStep = 1000;  // 4 MiB

  bool running_ = false;
  int next_ = kStep;
};

}  // namespace narwhal::sqlite

// NarwhalFormat: the default. A queue is a plain list that any producer may LPUSH any bytes to;
// jobs that have something to remember carry an Envelope. Delayed and dead jobs wait in one sorted
// set per queue.
#pragma once

#include "format.h"

namespace narwhal::redis {

// ScriptParts for delayed sets of our own, one per queue and in the same order.
extern const char* const kNextDue;
std::string promote_script(const std::string& push_back);

class NarwhalFormat final : public Format {
 public:
  explicit NarwhalFormat(Keys keys) : keys_(std::move(keys)) {}

  [[nodiscard]] bool keeps_stored() const override { return false; }
  void read(std::string_view stored, Delivery& job) const override;
  [[nodiscard]] Ops retry(const Origin& origin, const Delivery& job, const Verdict& verdict,
                          WallTime now) const override;
  [[nodiscard]] Ops release(const Origin& origin, const Delivery& job) const override;
  [[nodiscard]] Ops bury(const Origin& origin, const Delivery& job, const Verdict& verdict,
                         WallTime now) const override;
  [[nodiscard]] Ops recover(const Origin& origin, OrphanRun run) const override;
  [[nodiscard]] Result<Ops> publish(const NewJob& job, std::string_view unique,
                                    WallTime now) const override;
  [[nodiscard]] ScriptParts script_parts(const std::vector<std::string>& queues,
                                         std::size_t max_payload) const override;

 private:
  Keys keys_;
};

}  // namespace narwhal::redis

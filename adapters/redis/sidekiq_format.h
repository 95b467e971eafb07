// SidekiqFormat: serves the queues of an application that enqueues with Sidekiq, and keeps its
// "schedule", "retry" and "dead" as Sidekiq's own web page and clients expect them. What Sidekiq
// has no word for is in JobNotes.
//
// The payload of an ActiveJob is what ActiveJob serialized, cut out of Sidekiq's wrapper; that of a
// plain job is Sidekiq's JSON as it is.
#pragma once

#include "format.h"

namespace narwhal::redis {

class SidekiqFormat final : public Format {
 public:
  explicit SidekiqFormat(Keys keys) : keys_(std::move(keys)) {}

  [[nodiscard]] bool keeps_stored() const override { return true; }
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
  [[nodiscard]] Ops push(const std::string& queue, std::string stored, const char* command) const;
  [[nodiscard]] Ops kill(std::string stored, WallTime now) const;

  Keys keys_;
};

}  // namespace narwhal::redis

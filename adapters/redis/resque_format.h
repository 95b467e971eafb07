// ResqueFormat: serves the queues of an application that enqueues with Resque, promotes what
// resque-scheduler put aside, and files dead jobs where Resque keeps its failures. Resque itself
// knows no retries: those wait in delayed sets of our own. What it has no word for is in JobNotes.
#pragma once

#include "format.h"

namespace narwhal::redis {

class ResqueFormat final : public Format {
 public:
  explicit ResqueFormat(Keys keys) : keys_(std::move(keys)) {}

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
  [[nodiscard]] Ops schedule(const std::string& stored, const std::string& queue,
                             WallTime at) const;

  Keys keys_;
};

}  // namespace narwhal::redis

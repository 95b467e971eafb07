// TopicReader: reads a topic from its start to where it ended when that was asked, outside of any
// group. Blocking, for the one-shot commands.
#pragma once

#include <functional>
#include <string>

#include "handles.h"
#include "location.h"

namespace narwhal::kafka {

class TopicReader {
 public:
  static Result<TopicReader> open(const Location& location);

  using Apply = std::function<void(const rd_kafka_message_t&)>;
  // From that offset on, or from the first that is still there.
  Result<void> read(const std::string& topic, std::int32_t partition, std::int64_t from,
                    const Apply& apply);

 private:
  TopicReader(Handle handle, std::string servers)
      : handle_(std::move(handle)), servers_(std::move(servers)) {}

  Handle handle_;
  std::string servers_;
};

}  // namespace narwhal::kafka

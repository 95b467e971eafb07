#include "dead_record.h"

namespace narwhal::redis {

std::string write_dead_record(const DeadRecord& record) {
  const std::string_view reason = record.reason.substr(0, kLongestReason);
  std::string member(record.unique);
  member += static_cast<char>(reason.size() >> 8U);
  member += static_cast<char>(reason.size() & 0xffU);
  member += reason;
  member += record.stored;
  return member;
}

DeadRecord read_dead_record(std::string_view member) {
  const std::size_t header = kUniqueBytes + 2;
  const DeadRecord unreadable{{}, {}, member};
  if (member.size() < header) return unreadable;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(member[at]); };
  const std::size_t reason = byte(kUniqueBytes) * std::size_t{256} + byte(kUniqueBytes + 1);
  if (reason > member.size() - header) return unreadable;
  return {member.substr(0, kUniqueBytes), member.substr(header, reason),
          member.substr(header + reason)};
}

}  // namespace narwhal::redis

// ScriptSet: the scripts of one session. The first call on a connection sends a script's text, the
// rest its hash; a server that has forgotten it (restart, SCRIPT FLUSH) gets the text again.
#pragma once

#include <array>
#include <string>

#include "connection.h"

namespace narwhal::redis {

enum class Script : std::uint8_t { turn, publish, beat, sweep, orphans, adopt, give_back, depths };
inline constexpr std::size_t kScripts = 8;

class ScriptSet {
 public:
  void set(Script script, std::string text);

  // Begins a call; the caller appends `keys` keys and then `args` arguments.
  Command call(Connection& connection, Script script, std::size_t keys, std::size_t args,
               Connection::Handler handler);
  // Whether the reply says that the script has to be sent again, which the next call will do: the
  // call has not been carried out.
  bool forgotten(Script script, const redisReply& reply);
  // A new connection, perhaps to another server.
  void forget_all();

 private:
  struct Entry {
    std::string text;
    std::string hash;
    bool known = false;
  };
  Entry& entry(Script script) { return entries_[static_cast<std::size_t>(script)]; }

  std::array<Entry, kScripts> entries_;
};

}  // namespace narwhal::redis

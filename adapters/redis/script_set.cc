#include "script_set.h"

#include <openssl/evp.h>

namespace narwhal::redis {
namespace {

// Redis names a script by the SHA-1 of its text.
std::string sha1(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string digits;
  for (unsigned int i = 0; i < size; ++i) {
    digits += "0123456789abcdef"[digest[i] >> 4U];
    digits += "0123456789abcdef"[digest[i] & 15U];
  }
  return digits;
}

}  // namespace

void ScriptSet::set(Script script, std::string text) {
  std::string hash = sha1(text);
  entry(script) = {std::move(text), std::move(hash), false};
}

Command ScriptSet::call(Connection& connection, Script script, std::size_t keys, std::size_t args,
                        Connection::Handler handler) {
  Entry& called = entry(script);
  Command command = connection.request(3 + keys + args, std::move(handler));
  command.arg(called.known ? "EVALSHA" : "EVAL");
  command.arg(called.known ? called.hash : called.text);
  command.arg(static_cast<std::int64_t>(keys));
  called.known = true;
  return command;
}

bool ScriptSet::forgotten(Script script, const redisReply& reply) {
  if (!is_error(reply) || !text(reply).starts_with("NOSCRIPT")) return false;
  entry(script).known = false;
  return true;
}

void ScriptSet::forget_all() {
  for (auto& each : entries_) each.known = false;
}

}  // namespace narwhal::redis

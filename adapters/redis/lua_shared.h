// Lua that several scripts begin with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format.h"
#include "keys.h"

namespace narwhal::redis {

// What most scripts share. run(at): runs the command at ARGV[at] (length, words…) and returns its
// error, or nil. No script is stopped half way by memory limits once it has written something,
// which the first HDEL, of a field that is never there, counts as: a job is moved even when the
// server is full, and kept when anything else fails.
extern const char* const kLuaCommon;

// settle(flight, at): carries out the settlement at ARGV[at] (field, count, commands…). Returns
// where the next one begins and, when the job stays where it was, why: "" for "it is not there".
extern const char* const kLuaSettle;

// adopt(at): takes the arrival at ARGV[at] (see Arrivals) over into the in-flight hash, once, or
// gives it back. False when it is nowhere.
extern const char* const kLuaAdopt;

// The queues, our lists of arrivals from them, and how jobs are taken and put back.
std::string lua_lists(const Keys& keys, const ScriptParts& parts,
                      const std::vector<std::string>& queues, std::string_view consumer);

}  // namespace narwhal::redis

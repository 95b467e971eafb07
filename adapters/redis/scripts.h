// Scripts: the Lua that runs inside the server, so that each step is all or nothing. A queue's name
// and the keys that follow from it are part of the text: what changes from turn to turn is little.
#pragma once

#include <string>
#include <vector>

#include "format.h"
#include "keys.h"
#include "script_set.h"

namespace narwhal::redis {

// Whose scripts they are.
struct ScriptOwner {
  const std::vector<std::string>& queues;
  std::string_view consumer;  // our id, whose lists the arrivals are in
  std::size_t max_payload = 0;
};
// Puts all of them into the set. `one_slot`: the keys are in one slot of a cluster.
void set_scripts(ScriptSet& set, const Keys& keys, const ScriptParts& parts,
                 const ScriptOwner& owner, bool one_slot);

// Begins every script of keys that share a slot. In a slot that is being moved, keys are missing
// that have gone ahead, and a script would stop half way at the first of them: it must not begin.
// What shows it is a read of a key that never exists.
std::string slot_guard(const Keys& keys);

// Settles and fetches; the one script of a busy loop.
//   KEYS[1]  our in-flight hash
//   KEYS[2…] the queues' lists and delayed sets: not used by the script, but of what a script
//            reads, CLIENT TRACKING remembers only the keys it was called with
//   ARGV     want, number of the first job taken, "1" to look for due jobs first, order of the
//            queues (see QueueOrder), how many fields KEYS[1] should have, acks, other settlements,
//            arrivals; then the arrivals (see Arrivals), then the fields to ack, then for each
//            other settlement: field, count of commands, and for each command its length and words
//   reply    { refused: field, "" when it is not ours any more, else the error that kept it, …
//              micros until the next delayed job: "" not looked, "-" none
//              how many jobs were set aside as too large
//              an error of a queue that cannot be read, or ""
//              1 when every queue was found empty
//              then for each queue that gave jobs: its index, the number of its first job, jobs }
std::string turn_script(const Keys& keys, const ScriptParts& parts, const ScriptOwner& owner);

// Takes over the arrivals that we know of, and gives those back whose news was lost. Notes for
// which queues we wait, so that others find what we leave. Nothing may be waiting meanwhile.
//   KEYS our in-flight hash, our waits;  ARGV how many arrivals, the numbers of the queues' next
//   ones, then the arrivals
//   reply { those that are nowhere: their fields }
std::string sweep_script(const Keys& keys, const ScriptParts& parts, const ScriptOwner& owner);

// Runs commands once, however often it is sent: KEYS our consumer key; ARGV sequence number, then
// commands as above. Reply: OK, or the first command's error.
std::string publish_script();

// Says that we live, registering when that is news; and who else there is.
//   KEYS consumers, our consumer key, our in-flight hash, our lists of arrivals;  ARGV our id,
//   lease in ms, prefix of consumer keys reply { 1 when we were known, our jobs in flight, then id
//   and 1 (alive) or 0 of every other }
std::string beat_script();

// Some of a dead consumer's jobs, the last taken first. Its traces go when there are none, and when
// it has been gone for so long that no wait which it left with the server can bring one any more.
//   KEYS consumers, its consumer key, its in-flight hash, its waits;  ARGV its id, "1" when its
//   death is proven, most bytes, prefix of its lists of arrivals
//   reply { field, job, … }
std::string orphans_script();

// Moves orphans: KEYS the consumer key and in-flight hash of the dead;  ARGV as settlements of the
// turn after the proof.  Reply: how many were moved.
std::string adopt_script();

// Gives back jobs that we hold without knowing: KEYS our in-flight hash; ARGV push command, prefix
// of queues, then fields, the last taken first.  Reply: how many.
std::string give_back_script();

}  // namespace narwhal::redis

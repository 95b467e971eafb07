#include "session.h"

#include "schema.h"

namespace narwhal::sqlite {
namespace {

int note_frames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

template <typename Part>
Result<void> keep(Result<Part> prepared, std::optional<Part>& place) {
  if (!prepared.ok()) return prepared.error();
  place.emplace(std::move(*prepared));
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Location& location, std::size_t max_payload,
                                               bool create) {
  Database::Options options;
  options.create = create;
  // A claim or an ack lost in a power cut is a job run again, never one lost.
  options.durable = false;
  options.automatic_checkpoints = false;
  options.cache_kib = 512;
  auto database = Database::open(location.path, options);
  if (!database.ok()) return database.error();
  std::unique_ptr<Session> session(new Session(std::move(*database)));
  if (auto done = session->prepare(location, max_payload); !done.ok()) return done.error();
  return session;
}

Result<void> Session::prepare(const Location& location, std::size_t max_payload) {
  path_ = location.path;
  file_ = file_id(path_);
  if (auto done = ensure_schema(database); !done.ok()) return done;
  auto name = database_identity(database);
  if (!name.ok()) return name.error();
  identity = std::move(*name);

  Result<void> done = keep(Claimer::prepare(database, max_payload), claimer);
  if (done.ok()) done = keep(Settler::prepare(database), settler);
  if (done.ok()) done = keep(Schedule::prepare(database), schedule);
  if (done.ok()) done = keep(OwnersTable::prepare(database), owners);
  if (!done.ok()) return done;

  auto version = database.prepare("PRAGMA data_version");
  if (!version.ok()) return version.error();
  data_version_ = std::move(*version);
  sqlite3_wal_hook(database.handle(), &note_frames, &log_frames);
  if (auto watch = LogWatch::open(location); watch.ok()) log.emplace(std::move(*watch));
  return {};
}

Result<bool> Session::others_committed() {
  auto version = data_version_.integer();
  if (!version.ok()) return version.error();
  return std::exchange(seen_version_, version->value_or(0)) != seen_version_;
}

Result<bool> Session::no_writer() {
  auto transaction = Transaction::begin(database);
  if (transaction.ok()) return true;
  if (is_busy(transaction.error())) return false;
  return transaction.error();
}

}  // namespace narwhal::sqlite

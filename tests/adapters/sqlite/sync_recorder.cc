#include "sync_recorder.h"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>

namespace narwhal::test {
namespace {

// A file of SQLite's, with the real one behind it. Its path stays known for as long as it is open.
struct RecordedFile {
  sqlite3_file base;
  const char* path;
  sqlite3_file real;  // the real file's own structure follows
};

sqlite3_file* real(sqlite3_file* file) { return &reinterpret_cast<RecordedFile*>(file)->real; }

int sync(sqlite3_file* file, int flags) {
  const int code = real(file)->pMethods->xSync(real(file), flags);
  const char* path = reinterpret_cast<RecordedFile*>(file)->path;
  if (code == SQLITE_OK && path != nullptr) {
    std::error_code ignored;
    std::filesystem::copy_file(path, std::string(path) + ".synced",
                               std::filesystem::copy_options::overwrite_existing, ignored);
  }
  return code;
}

// All else goes straight through.
const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = [](sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); },
    .xRead =
        [](sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
          return real(file)->pMethods->xRead(real(file), into, size, at);
        },
    .xWrite =
        [](sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
          return real(file)->pMethods->xWrite(real(file), from, size, at);
        },
    .xTruncate =
        [](sqlite3_file* file, sqlite3_int64 size) {
          return real(file)->pMethods->xTruncate(real(file), size);
        },
    .xSync = sync,
    .xFileSize =
        [](sqlite3_file* file, sqlite3_int64* size) {
          return real(file)->pMethods->xFileSize(real(file), size);
        },
    .xLock = [](sqlite3_file* file,
                int level) { return real(file)->pMethods->xLock(real(file), level); },
    .xUnlock = [](sqlite3_file* file,
                  int level) { return real(file)->pMethods->xUnlock(real(file), level); },
    .xCheckReservedLock =
        [](sqlite3_file* file, int* held) {
          return real(file)->pMethods->xCheckReservedLock(real(file), held);
        },
    .xFileControl =
        [](sqlite3_file* file, int what, void* with) {
          return real(file)->pMethods->xFileControl(real(file), what, with);
        },
    .xSectorSize = [](sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); },
    .xShmMap =
        [](sqlite3_file* file, int region, int size, int extend, void volatile** at) {
          return real(file)->pMethods->xShmMap(real(file), region, size, extend, at);
        },
    .xShmLock =
        [](sqlite3_file* file, int offset, int count, int flags) {
          return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); },
    .xShmUnmap = [](sqlite3_file* file,
                    int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

constexpr const char* kName = "sync-recorder";

sqlite3_vfs* system_vfs() { return sqlite3_vfs_find("unix"); }

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* recorded = reinterpret_cast<RecordedFile*>(file);
  recorded->path = path;
  recorded->base.pMethods = nullptr;
  const int code = system_vfs()->xOpen(system_vfs(), path, &recorded->real, flags, out);
  if (recorded->real.pMethods != nullptr) recorded->base.pMethods = &kMethods;
  return code;
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs vfs = *system_vfs();
  vfs.szOsFile += static_cast<int>(sizeof(RecordedFile));
  vfs.zName = kName;
  vfs.xOpen = open;
  return vfs;
}

sqlite3_vfs* recorder() {
  static sqlite3_vfs vfs = make_vfs();
  return &vfs;
}

}  // namespace

SyncRecorder::SyncRecorder() { sqlite3_vfs_register(recorder(), 1); }

SyncRecorder::~SyncRecorder() {
  sqlite3_vfs_register(system_vfs(), 1);
  sqlite3_vfs_unregister(recorder());
}

void SyncRecorder::restore(const std::string& from, const std::string& to) const {
  for (const std::string suffix : {"", "-wal"}) {
    std::error_code ignored;
    std::filesystem::copy_file(from + suffix + ".synced", to + suffix,
                               std::filesystem::copy_options::overwrite_existing, ignored);
  }
}

}  // namespace narwhal::test

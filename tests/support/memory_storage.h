// MemoryStorage: a directory in memory that fails, fills up and dies when a test says so.
//
// The Disk outlives the storages made of it. image() is what a later process finds: after a kill everything
// that was written, after a power loss what was synced, and as much of the rest as the test says.
#pragma once

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "warp/records/storage.h"

namespace warp::test {

class Disk {
 public:
  struct File {
    std::string data;
    std::size_t synced = 0;
  };

  // --- what a test sets ---
  std::size_t capacity = SIZE_MAX;  // octets of all files together
  int append_error = 0, sync_error = 0, truncate_error = 0, replace_error = 0;
  std::uint64_t free = UINT64_MAX;
  // The process dies within the change of this number (from 1): an append leaves half of itself, everything
  // later fails.
  std::size_t dies_at = SIZE_MAX;

  // --- what a test reads ---
  std::size_t changes = 0, appends = 0, syncs = 0;

  std::map<std::string, File> files() const {
    const std::lock_guard guard(mutex);
    return data;
  }
  std::shared_ptr<Disk> image(bool power_loss, std::size_t unsynced_kept = 0) const {
    const std::lock_guard guard(mutex);
    auto copy = std::make_shared<Disk>();
    for (const auto& [name, file] : data) {
      auto content = file.data;
      if (power_loss) content.resize(std::min(content.size(), file.synced + unsynced_kept));
      copy->data[name] = {content, content.size()};
    }
    return copy;
  }

  mutable std::mutex mutex;
  std::map<std::string, File> data;

  // With the mutex held. False: the process is dead.
  bool change() { return ++changes <= dies_at; }
  std::size_t used() const {
    std::size_t octets = 0;
    for (const auto& [name, file] : data)
      octets += file.data.size();
    return octets;
  }
};

class MemoryFile final : public records::AppendFile {
 public:
  MemoryFile(std::shared_ptr<Disk> disk, std::string name) : disk_(std::move(disk)), name_(std::move(name)) {}

  int append(std::string_view bytes) override {
    const std::lock_guard guard(disk_->mutex);
    ++disk_->appends;
    auto& file = disk_->data[name_];
    if (!disk_->change()) {
      if (disk_->changes == disk_->dies_at + 1) file.data += bytes.substr(0, bytes.size() / 2);
      return EIO;
    }
    if (disk_->append_error != 0) return disk_->append_error;
    const std::size_t room = disk_->capacity - std::min(disk_->capacity, disk_->used());
    file.data += bytes.substr(0, room);
    return bytes.size() > room ? ENOSPC : 0;
  }
  int sync() override {
    const std::lock_guard guard(disk_->mutex);
    ++disk_->syncs;
    if (!disk_->change()) return EIO;
    if (disk_->sync_error != 0) return disk_->sync_error;
    auto& file = disk_->data[name_];
    file.synced = file.data.size();
    return 0;
  }
  int truncate(std::uint64_t size) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return EIO;
    if (disk_->truncate_error != 0) return disk_->truncate_error;
    disk_->data[name_].data.resize(size);
    return 0;
  }

 private:
  std::shared_ptr<Disk> disk_;
  std::string name_;
};

class MemoryStorage final : public records::Storage {
 public:
  explicit MemoryStorage(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  Result<std::vector<std::string>, records::IoError> list() const override {
    const std::lock_guard guard(disk_->mutex);
    std::vector<std::string> names{".", "..", "lock"};
    for (const auto& [name, file] : disk_->data)
      names.push_back(name);
    return names;
  }
  Result<std::unique_ptr<records::AppendFile>, records::IoError> create(const std::string& name) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return records::IoError{EIO};
    if (disk_->append_error != 0) return records::IoError{disk_->append_error};
    if (!disk_->data.try_emplace(name).second) return records::IoError{EEXIST};
    return std::unique_ptr<records::AppendFile>(std::make_unique<MemoryFile>(disk_, name));
  }
  Result<std::string, records::IoError> read(const std::string& name, std::uint64_t offset,
                                             std::size_t length) const override {
    const std::lock_guard guard(disk_->mutex);
    const auto found = disk_->data.find(name);
    if (found == disk_->data.end()) return records::IoError{ENOENT};
    const auto& content = found->second.data;
    return offset < content.size() ? content.substr(offset, length) : std::string();
  }
  Result<std::uint64_t, records::IoError> size(const std::string& name) const override {
    const std::lock_guard guard(disk_->mutex);
    const auto found = disk_->data.find(name);
    if (found == disk_->data.end()) return records::IoError{ENOENT};
    return found->second.data.size();
  }
  int truncate(const std::string& name, std::uint64_t size) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return EIO;
    auto& file = disk_->data[name];
    file.data.resize(size);
    file.synced = size;
    return 0;
  }
  int remove(const std::string& name) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return EIO;
    return disk_->data.erase(name) == 1 ? 0 : ENOENT;
  }
  int replace(const std::string& name, std::string_view content) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return EIO;
    if (disk_->replace_error != 0) return disk_->replace_error;
    disk_->data[name] = {std::string(content), content.size()};
    return 0;
  }
  int overwrite(const std::string& name, std::string_view content) override {
    const std::lock_guard guard(disk_->mutex);
    if (!disk_->change()) return EIO;
    if (disk_->replace_error != 0) return disk_->replace_error;
    disk_->data[name] = {std::string(content), 0};
    return 0;
  }
  std::uint64_t free_octets() const override {
    const std::lock_guard guard(disk_->mutex);
    return disk_->free;
  }

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace warp::test

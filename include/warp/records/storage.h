// Storage: the few things that the journal needs of a directory. Errors are errno values (IoError is one), 0
// is success.
//
// The files of one journal belong to one process: posix_storage() takes a lock on the directory. read(),
// size() and list() may be called from any thread at any time, the rest from one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::records {

enum class IoError : int {};

class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // All of it or an error; after an error any part of it may be there.
  virtual int append(std::string_view data) = 0;
  // Everything appended survives a power loss.
  virtual int sync() = 0;
  virtual int truncate(std::uint64_t size) = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;
  virtual Result<std::vector<std::string>, IoError> list() const = 0;
  // A new, empty file whose name survives a power loss.
  virtual Result<std::unique_ptr<AppendFile>, IoError> create(const std::string& name) = 0;
  // Up to `length` octets; fewer at the end of the file.
  virtual Result<std::string, IoError> read(const std::string& name, std::uint64_t offset,
                                            std::size_t length) const = 0;
  virtual Result<std::uint64_t, IoError> size(const std::string& name) const = 0;
  virtual int truncate(const std::string& name, std::uint64_t size) = 0;
  virtual int remove(const std::string& name) = 0;
  // The whole content at once, durably: a reader sees the old or the new one.
  virtual int replace(const std::string& name, std::string_view content) = 0;
  // The content in place, without waiting for the disk: outlives the process; a power loss leaves the old,
  // the new or no content that makes sense.
  virtual int overwrite(const std::string& name, std::string_view content) = 0;
  virtual std::uint64_t free_octets() const = 0;
};

// Makes the directory when it is not there (mode 0700) and locks it. EWOULDBLOCK: another process has it.
Result<std::unique_ptr<Storage>, IoError> posix_storage(const std::string& directory);

}  // namespace warp::records

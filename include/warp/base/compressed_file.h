// CompressedFile: a zstd file that is there whole, on disk, or not at all. Written beside its place under the
// name with ".part"; finish() makes it durable and moves it. Left without finish(), what was written is
// removed.
//
// Blocks on the disk. One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "warp/base/result.h"

namespace warp {

class CompressedFile {
 public:
  // Errors are sentences for people.
  static Result<CompressedFile, std::string> create(std::filesystem::path place, int level = 3);
  CompressedFile(CompressedFile&&) noexcept;
  CompressedFile& operator=(CompressedFile&&) noexcept;
  ~CompressedFile();

  bool write(std::span<const std::byte> octets);  // false: see error()
  // Replaces a file of that name.
  Result<void, std::string> finish();
  const std::string& error() const;

 private:
  struct Impl;
  explicit CompressedFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp

// Descriptor: owns an open file; and what is done with files so that they survive. Errors are in errno.
#pragma once

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace warp {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  static constexpr mode_t kGroupReads = S_IRUSR | S_IWUSR | S_IRGRP, kOwnerAlone = S_IRUSR | S_IWUSR;
  static Descriptor open(const std::filesystem::path& file, int flags, mode_t mode = kGroupReads) {
    return Descriptor(::open(file.c_str(), flags | O_CLOEXEC, mode));
  }
  static Descriptor open_in(const Descriptor& folder, const char* name, int flags, mode_t mode) {
    return Descriptor(::openat(folder.get(), name, flags | O_CLOEXEC, mode));
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // All of it, at its end (O_APPEND) or where the last one ended, or false. A full disk may take a part.
  bool write(std::string_view text) const;
  // All of it, or false.
  bool write_at(std::span<const std::byte> octets, std::uint64_t place) const;
  // How many octets there were; what cannot be read is not there.
  std::size_t read_at(std::span<std::byte> octets, std::uint64_t place) const;
  std::uint64_t size() const;
  bool cut(std::uint64_t size) const { return ::ftruncate(fd_, static_cast<off_t>(size)) == 0; }
  bool sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

// The whole content at once, durably, readable by the owner alone: a reader sees the old or the new one.
bool replace_file(const std::filesystem::path& file, std::string_view content);
// A name is durable when its folder is.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace warp

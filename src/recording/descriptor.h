// Descriptor: an open file; and what is done with files so that they survive.
#pragma once

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace warp::recording {

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
  static Descriptor open(const std::filesystem::path& file, int flags) {
    return Descriptor(::open(file.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP));
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
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

// A name is durable when its folder is.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace warp::recording

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "warp/base/descriptor.h"
#include "warp/records/storage.h"

namespace warp::records {
namespace {

int result(int code) {
  return code == 0 ? 0 : errno;
}

class PosixFile final : public AppendFile {
 public:
  explicit PosixFile(Descriptor fd) : fd_(std::move(fd)) {}
  int append(std::string_view data) override { return fd_.write(data) ? 0 : errno; }
  int sync() override { return result(::fdatasync(fd_.get())); }
  int truncate(std::uint64_t size) override {
    return result(::ftruncate(fd_.get(), static_cast<off_t>(size)));
  }

 private:
  Descriptor fd_;
};

class PosixStorage final : public Storage {
 public:
  PosixStorage(Descriptor directory, Descriptor lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}

  Result<std::vector<std::string>, IoError> list() const override {
    const int fd = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return IoError{errno};
    DIR* entries = ::fdopendir(fd);
    if (!entries) {
      const int error = errno;
      ::close(fd);
      return IoError{error};
    }
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(entries))
      names.emplace_back(entry->d_name);
    ::closedir(entries);
    return names;
  }

  Result<std::unique_ptr<AppendFile>, IoError> create(const std::string& name) override {
    auto fd = open_here(name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (!fd) return IoError{errno};
    if (::fsync(directory_.get()) != 0) return IoError{errno};
    return std::unique_ptr<AppendFile>(std::make_unique<PosixFile>(std::move(fd)));
  }

  Result<std::string, IoError> read(const std::string& name, std::uint64_t offset,
                                    std::size_t length) const override {
    const auto fd = open_here(name, O_RDONLY);
    if (!fd) return IoError{errno};
    std::string data(length, '\0');
    std::size_t count = 0;
    while (count < length) {
      const auto got =
          ::pread(fd.get(), data.data() + count, length - count, static_cast<off_t>(offset + count));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return IoError{errno};
      if (got == 0) break;
      count += static_cast<std::size_t>(got);
    }
    data.resize(count);
    return data;
  }

  Result<std::uint64_t, IoError> size(const std::string& name) const override {
    struct stat status {};
    if (::fstatat(directory_.get(), name.c_str(), &status, 0) != 0) return IoError{errno};
    return static_cast<std::uint64_t>(status.st_size);
  }

  int truncate(const std::string& name, std::uint64_t size) override {
    const auto fd = open_here(name, O_WRONLY);
    if (!fd) return errno;
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return errno;
    return result(::fsync(fd.get()));
  }

  int remove(const std::string& name) override {
    return result(::unlinkat(directory_.get(), name.c_str(), 0));
  }

  int replace(const std::string& name, std::string_view content) override {
    const std::string fresh = name + ".new";
    {
      const auto fd = open_here(fresh, O_WRONLY | O_CREAT | O_TRUNC);
      if (!fd || !fd.write(content) || !fd.sync()) return errno;
    }
    if (::renameat(directory_.get(), fresh.c_str(), directory_.get(), name.c_str()) != 0) return errno;
    return result(::fsync(directory_.get()));
  }

  int overwrite(const std::string& name, std::string_view content) override {
    const auto fd = open_here(name, O_WRONLY | O_CREAT);
    return fd && fd.write_at(std::as_bytes(std::span(content)), 0) ? 0 : errno;
  }

  std::uint64_t free_octets() const override {
    struct statvfs status {};
    if (::fstatvfs(directory_.get(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

 private:
  Descriptor open_here(const std::string& name, int flags) const {
    return Descriptor::open_in(directory_, name.c_str(), flags, Descriptor::kOwnerAlone);
  }

  Descriptor directory_;
  Descriptor lock_;
};

}  // namespace

Result<std::unique_ptr<Storage>, IoError> posix_storage(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return IoError{errno};
  auto folder = Descriptor::open(directory, O_RDONLY | O_DIRECTORY);
  if (!folder) return IoError{errno};
  auto lock = Descriptor::open_in(folder, "lock", O_RDWR | O_CREAT, Descriptor::kOwnerAlone);
  if (!lock) return IoError{errno};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return IoError{errno};
  return std::unique_ptr<Storage>(std::make_unique<PosixStorage>(std::move(folder), std::move(lock)));
}

}  // namespace warp::records

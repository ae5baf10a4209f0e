#include "warp/base/compressed_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zstd.h>

namespace warp {
namespace {

namespace fs = std::filesystem;

std::string because(const fs::path& file, const char* what) {
  return file.string() + ": " + what + ": " + std::strerror(errno);
}

// A name is durable when its directory is.
bool sync_directory(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::fsync(fd) == 0;
  ::close(fd);
  return done;
}

}  // namespace

struct CompressedFile::Impl {
  ~Impl() {
    if (fd >= 0) {
      ::close(fd);
      ::unlink(part.c_str());
    }
    ZSTD_freeCCtx(context);
  }

  bool feed(std::span<const std::byte> octets, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{octets.data(), octets.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      const auto left = ZSTD_compressStream2(context, &out, &in, directive);
      if (ZSTD_isError(left)) {
        error = part.string() + ": zstd: " + ZSTD_getErrorName(left);
        return false;
      }
      if (!put(out.pos)) return false;
      const bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (done) return true;
    }
  }

  bool put(std::size_t size) {
    for (std::size_t at = 0; at < size;) {
      const auto written = ::write(fd, buffer.data() + at, size - at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        error = because(part, "cannot write");
        return false;
      }
      at += static_cast<std::size_t>(written);
    }
    return true;
  }

  fs::path place, part;
  int fd = -1;
  ZSTD_CCtx* context = nullptr;
  std::vector<char> buffer = std::vector<char>(ZSTD_CStreamOutSize());
  std::string error;
};

Result<CompressedFile, std::string> CompressedFile::create(fs::path place, int level) {
  auto impl = std::make_unique<Impl>();
  impl->place = std::move(place);
  impl->part = impl->place;
  impl->part += ".part";
  impl->fd = ::open(impl->part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (impl->fd < 0) return because(impl->part, "cannot be made");
  impl->context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(impl->context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(impl->context, ZSTD_c_checksumFlag, 1);
  return CompressedFile(std::move(impl));
}

CompressedFile::CompressedFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompressedFile::CompressedFile(CompressedFile&&) noexcept = default;
CompressedFile& CompressedFile::operator=(CompressedFile&&) noexcept = default;
CompressedFile::~CompressedFile() = default;

bool CompressedFile::write(std::span<const std::byte> octets) {
  return impl_->error.empty() && impl_->feed(octets, ZSTD_e_continue);
}

Result<void, std::string> CompressedFile::finish() {
  auto& file = *impl_;
  if (!file.error.empty() || !file.feed({}, ZSTD_e_end)) return file.error;
  if (::fsync(file.fd) != 0) return because(file.part, "cannot be made durable");
  if (::rename(file.part.c_str(), file.place.c_str()) != 0) return because(file.part, "cannot be renamed");
  ::close(std::exchange(file.fd, -1));
  if (!sync_directory(file.place.parent_path()))
    return because(file.place.parent_path(), "cannot be made durable");
  return {};
}

const std::string& CompressedFile::error() const {
  return impl_->error;
}

}  // namespace warp

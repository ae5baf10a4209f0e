#include "warp/base/descriptor.h"

#include <cerrno>
#include <cstdio>

namespace warp {

bool Descriptor::write(std::string_view text) const {
  while (!text.empty()) {
    const auto written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool Descriptor::write_at(std::span<const std::byte> octets, std::uint64_t place) const {
  while (!octets.empty()) {
    const auto written = ::pwrite(fd_, octets.data(), octets.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets = octets.subspan(static_cast<std::size_t>(written));
    place += static_cast<std::uint64_t>(written);
  }
  return true;
}

std::size_t Descriptor::read_at(std::span<std::byte> octets, std::uint64_t place) const {
  std::size_t count = 0;
  while (count < octets.size()) {
    const auto part =
        ::pread(fd_, octets.data() + count, octets.size() - count, static_cast<off_t>(place + count));
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) break;
    count += static_cast<std::size_t>(part);
  }
  return count;
}

std::uint64_t Descriptor::size() const {
  struct stat facts {};
  return ::fstat(fd_, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

bool replace_file(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    const auto opened = Descriptor::open(fresh, O_WRONLY | O_CREAT | O_TRUNC, Descriptor::kOwnerAlone);
    if (!opened || !opened.write(content) || !opened.sync()) return false;
  }
  return std::rename(fresh.c_str(), file.c_str()) == 0 && sync_folder(file.parent_path());
}

bool sync_folder(const std::filesystem::path& folder) {
  const auto opened = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
  return opened && opened.sync();
}

}  // namespace warp

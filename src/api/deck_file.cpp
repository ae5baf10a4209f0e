#include "deck_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace warp::api {

DeckFile::DeckFile(const std::string& folder) : folder_(folder) {
  if (folder_.empty()) return;
  path_ = folder_ + "/upload-XXXXXX";
  file_ = ::mkostemp(path_.data(), O_CLOEXEC);
  if (file_ < 0) error_ = errno;
}

DeckFile::~DeckFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(path_.c_str());
}

void DeckFile::feed(std::string_view octets) {
  octets_ += octets.size();
  while (!failed() && !octets.empty()) {
    const auto written = ::write(file_, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error_ = written < 0 ? errno : EIO;
      return;
    }
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool DeckFile::keep_as(const std::string& name) {
  if (failed()) return false;
  const auto to = folder_ + '/' + name;
  if (::rename(path_.c_str(), to.c_str()) != 0) {
    error_ = errno;
    return false;
  }
  ::close(file_);
  file_ = -1;
  path_ = to;
  return true;
}

void DeckFile::drop() {
  ::unlink(path_.c_str());
}

}  // namespace warp::api

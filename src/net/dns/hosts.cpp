#include "hosts.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace warp::net::dns {
namespace {

constexpr std::size_t kMostNames = 100'000;

}  // namespace

const std::vector<domain::IpAddress>& HostsFile::find(std::string_view name) {
  static const std::vector<domain::IpAddress> none;
  if (path_.empty()) return none;
  struct stat state {};
  if (::stat(path_.c_str(), &state) != 0) {
    names_.clear();
    changed_ = {};
    return none;
  }
  if (state.st_mtim.tv_sec != changed_.tv_sec || state.st_mtim.tv_nsec != changed_.tv_nsec) {
    changed_ = state.st_mtim;
    read();
  }
  const auto found = names_.find(name);
  return found == names_.end() ? none : found->second;
}

void HostsFile::read() {
  names_.clear();
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line) && names_.size() < kMostNames;) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    if (!(words >> word)) continue;
    const auto ip = domain::IpAddress::parse(word);
    if (!ip) continue;
    while (words >> word) {
      std::transform(word.begin(), word.end(), word.begin(), ascii_lower);
      names_[word].push_back(*ip);
    }
  }
}

}  // namespace warp::net::dns

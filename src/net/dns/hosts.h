// HostsFile: names and addresses of /etc/hosts, read again when the file has changed.
#pragma once

#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unordered_map>
#include <vector>

#include "warp/base/text.h"
#include "warp/domain/address.h"

namespace warp::net::dns {

class HostsFile {
 public:
  explicit HostsFile(std::string path) : path_(std::move(path)) {}
  // All addresses of a name, of both families; empty when it is not there. Looks at the file's time.
  const std::vector<domain::IpAddress>& find(std::string_view name);

 private:
  void read();

  const std::string path_;
  timespec changed_{};
  std::unordered_map<std::string, std::vector<domain::IpAddress>, StringHash, std::equal_to<>> names_;
};

}  // namespace warp::net::dns

// recordings.*: calls in files, and towards recorders.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "warp/calls/recorders.h"

#include "app/secret.h"

namespace warp::app {

struct RecordingsConfig {
  std::string folder;                     // empty: nothing is recorded
  std::uint64_t quota = 0;                // octets; 0: none
  std::uint64_t least_free = 1ull << 30;  // octets
  std::string key_file;                   // empty: files are in the clear
  std::uint32_t retention_days = 0;       // 0: for ever
  struct Upload {
    std::string url, command;  // one of them, or neither
    Secret authorization;
    std::string ca_file;  // empty: the system's
    bool allow_http = false;
    std::chrono::seconds timeout{300};
    bool delete_after = false;
  } upload;
  calls::RecorderSettings siprec;
  bool uploads() const { return !upload.url.empty() || !upload.command.empty(); }
};

}  // namespace warp::app

// What the kernel path of the relay is told at start; src/media/kernel/README.md.
#pragma once

#include <cstdint>
#include <string>

namespace warp::media {

struct KernelSettings {
  // Auto: where it can be had. Required: the daemon does not start without it.
  enum class Mode : std::uint8_t { Off, Auto, Required };
  Mode mode = Mode::Off;
  std::string pins = "/sys/fs/bpf/warp";  // a folder of our own on a bpf file system, one a daemon
  std::uint32_t most_flows = 65536;
};

}  // namespace warp::media

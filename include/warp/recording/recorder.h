// Recorder: writes what two sides say into files, on a thread of its own. A call is never slowed or ended by
// it.
//
// start() gives a tap for the media session; its packets go through a bounded ring to the writer, which puts
// them in order, decodes (WAV) or wraps them (PCAP), and flushes once a second, so that a killed process
// leaves files that play. When the ring is full, the disk slow or full, or the quota reached, packets of the
// recording are lost and counted, and the recording says so (`gaps`).
//
// Files: <folder>/<yyyy>/<mm>/<dd>/<id>.wav|pcap, `.part` behind it until it is finished; encrypted (`.enc`,
// AES-256-GCM in chunks, key from file) when a key is configured. adopt() finishes what a killed process
// left.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/base/uuid.h"
#include "warp/domain/media_port.h"

namespace warp::recording {

enum class Form : std::uint8_t { WavMono, WavStereo, Pcap };  // stereo: caller left, callee right
enum class StopCause : std::uint8_t { CallEnded, Asked, Quota, DiskFailed, ProcessKilled };
std::string_view to_string(Form form);
std::string_view to_string(StopCause cause);

struct Settings {
  std::filesystem::path folder;
  std::uint64_t quota_octets = 0;                            // of all files together; 0: none
  std::uint64_t least_free_octets = std::uint64_t{1} << 30;  // of the file system
  std::optional<std::filesystem::path> key_file;             // 32 octets, raw or hexadecimal
  std::size_t ring_octets = std::size_t{16} << 20;
};

struct Request {
  Uuid id;
  CallId call;
  Form form = Form::WavStereo;
  WallTime at{};
};

struct Finished {
  Uuid id;
  CallId call;
  Form form{};
  StopCause cause{};
  std::filesystem::path file;
  std::uint64_t octets = 0;
  std::chrono::milliseconds length{0};
  std::uint64_t packets_lost_here = 0;  // by the ring or the disk
  bool encrypted = false;
  std::string sha256;  // of the file, hexadecimal
};

class Recorder {
 public:
  enum class StartError : std::uint8_t { NoFolder, BadKey, NoThread };
  enum class Refused : std::uint8_t { Quota, DiskFull, Stopping };
  // `on_finished` is called by the writer's thread.
  static Result<std::unique_ptr<Recorder>, StartError> make(const Settings& settings, const Clock& clock,
                                                            log::Logger& log, metrics::Registry& registry,
                                                            std::function<void(const Finished&)> on_finished);
  virtual ~Recorder() = default;  // finishes what runs
  virtual Result<std::shared_ptr<domain::MediaTap>, Refused> start(const Request& request) = 0;
  virtual void stop(const Uuid& id, StopCause cause) = 0;  // unknown ids: nothing
  virtual void adopt() = 0;                                // at start: `.part` files of a killed process
};

}  // namespace warp::recording

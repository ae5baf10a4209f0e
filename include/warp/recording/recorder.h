// Recorder: writes what two sides say into files, on threads of its own. A call is never slowed or ended by
// it.
//
// start() gives a tap for the media session; its packets go through a bounded ring to the writer, which puts
// them in order, decodes (WAV) or wraps them (PCAP), and flushes once a second, so that a killed process
// leaves files that play. When the ring is full, the disk slow or full, or the quota reached, packets of the
// recording are lost and counted. A WAV of which no codec is known to us becomes a PCAP.
//
// Files: <folder>/<yyyy>/<mm>/<dd>/<id>.wav|pcap, `.enc` behind it when a key is configured (format:
// docs/operations/recordings.md), `.part` behind that until it is finished. Beside it lies <id>.facts, what
// is known of the recording, from start() until stored(): whoever keeps books of recordings can lose nothing.
// adopt() finishes what a killed process left.
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
#include "warp/domain/recording_port.h"
#include "warp/recording/audio_kit.h"

namespace warp::recording {

using Form = domain::RecordingForm;
using StopCause = domain::RecordingStop;

struct Settings {
  std::filesystem::path folder;
  std::uint64_t quota_octets = 0;                            // of all files together; 0: none
  std::uint64_t least_free_octets = std::uint64_t{1} << 30;  // of the file system
  std::optional<std::filesystem::path> key_file;             // see key.h
  std::size_t ring_octets = std::size_t{16} << 20;
};

struct Request {
  Uuid id;
  CallId call;
  Form form = Form::WavStereo;
  WallTime at{};
  std::string note = {};  // one line of the asker's; comes back in Finished
};

struct Finished {
  Uuid id;
  CallId call;
  Form form{};
  StopCause cause{};
  WallTime at{};
  std::string note;
  std::filesystem::path file;  // below the folder; empty: nothing was written
  std::uint64_t octets = 0;
  std::chrono::milliseconds length{0};
  std::uint64_t packets_lost_here = 0;  // by the ring
  bool encrypted = false;
  std::string sha256;  // of the file, hexadecimal
};

class Recorder {
 public:
  enum class StartError : std::uint8_t { NoFolder, BadKey, NoThread };
  using Refused = domain::RecordingRefused;
  // `on_finished` is called by a thread of the recorder, also from the destructor.
  static Result<std::unique_ptr<Recorder>, StartError> make(const Settings& settings, const Clock& clock,
                                                            log::Logger& log, metrics::Registry& registry,
                                                            std::function<void(const Finished&)> on_finished,
                                                            AudioKit kit = AudioKit::real());
  virtual ~Recorder() = default;  // finishes what runs
  // Any thread. Quota, DiskFull or Stopping.
  virtual Result<std::shared_ptr<domain::MediaTap>, Refused> start(const Request& request) = 0;
  virtual void stop(const Uuid& id, StopCause cause) = 0;  // unknown ids: nothing
  // Before the first start(): what an earlier process left is made whole in the background and told to
  // on_finished, also what had been whole, but not stored().
  virtual void adopt() = 0;
  // The asker has written it down: its facts are not needed any more.
  virtual void stored(const Finished& finished) = 0;
  // Deletes a file of the folder; false: it is there still.
  virtual bool remove(const std::filesystem::path& file) = 0;
};
std::string_view to_string(Recorder::StartError error);

}  // namespace warp::recording

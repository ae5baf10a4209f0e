// RecordingPort: what calls ask of recordings. Implemented in `app` over recording::Recorder.
//
// start() gives a tap for the call's media session (MediaSession::add_tap); stop() ends the recording, and
// the tap, which may still be called, does nothing from then on. Whatever becomes of a recording, its call
// does not notice. All functions are non-blocking and callable from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/base/uuid.h"
#include "warp/domain/media_port.h"

namespace warp::domain {

using RecordingId = StrongId<struct RecordingTag>;

enum class RecordingForm : std::uint8_t { WavMono, WavStereo, Pcap };  // stereo: caller left, callee right
enum class RecordingStop : std::uint8_t {
  CallEnded,
  Asked,          // by the API
  Quota,          // of all files together
  DiskFailed,     // full, or it could not be written
  ProcessKilled,  // found by the process that came after
};
enum class RecordingRefused : std::uint8_t { Off, Quota, DiskFull, Stopping };
std::string_view to_string(RecordingForm form);   // wav, wav_stereo, pcap: as RecordMode's names
std::string_view to_string(RecordingStop cause);  // call_ended, asked, quota, disk_failed, process_killed
std::string_view to_string(RecordingRefused refusal);  // off, quota, disk_full, stopping
std::optional<RecordingForm> parse_recording_form(std::string_view text);
std::optional<RecordingStop> parse_recording_stop(std::string_view text);

struct RecordingRequest {
  RecordingId id;  // made by the caller, and written into the call's record
  CallId call;
  RecordId record;      // nil: not known yet
  CustomerId customer;  // whose recording it is
  TrunkId trunk;        // nil: none
  RecordingForm form = RecordingForm::WavStereo;
  WallTime at{};
};

// What is asked for of one call: a file, or a recorder (RFC 7866) with `siprec`.
struct RecordingWish {
  RecordingForm form = RecordingForm::WavStereo;
  bool tone = false;  // both sides hear that they are recorded
  bool siprec = false;
  std::string recorder = {};  // whose targets; empty: those without a name
  bool mask_digits = false;   // towards a recorder
};

class RecordingPort {
 public:
  virtual ~RecordingPort() = default;
  // Shared with the media session, which may be calling it when the recording ends.
  virtual Result<std::shared_ptr<MediaTap>, RecordingRefused> start(const RecordingRequest& request) = 0;
  virtual void stop(RecordingId id, RecordingStop cause) = 0;  // unknown ids: nothing
};

}  // namespace warp::domain

#include "warp/domain/recording_port.h"

namespace warp::domain {

std::string_view to_string(RecordingForm form) {
  switch (form) {
    case RecordingForm::WavMono:
      return "wav";
    case RecordingForm::WavStereo:
      return "wav_stereo";
    case RecordingForm::Pcap:
      return "pcap";
  }
  return "wav";
}

std::string_view to_string(RecordingStop cause) {
  switch (cause) {
    case RecordingStop::CallEnded:
      return "call_ended";
    case RecordingStop::Asked:
      return "asked";
    case RecordingStop::Quota:
      return "quota";
    case RecordingStop::DiskFailed:
      return "disk_failed";
    case RecordingStop::ProcessKilled:
      return "process_killed";
  }
  return "call_ended";
}

std::string_view to_string(RecordingRefused refusal) {
  switch (refusal) {
    case RecordingRefused::Off:
      return "off";
    case RecordingRefused::Quota:
      return "quota";
    case RecordingRefused::DiskFull:
      return "disk_full";
    case RecordingRefused::Stopping:
      return "stopping";
  }
  return "off";
}

std::optional<RecordingForm> parse_recording_form(std::string_view text) {
  for (const auto form : {RecordingForm::WavMono, RecordingForm::WavStereo, RecordingForm::Pcap})
    if (to_string(form) == text) return form;
  return std::nullopt;
}

std::optional<RecordingStop> parse_recording_stop(std::string_view text) {
  using enum RecordingStop;
  for (const auto cause : {CallEnded, Asked, Quota, DiskFailed, ProcessKilled})
    if (to_string(cause) == text) return cause;
  return std::nullopt;
}

}  // namespace warp::domain

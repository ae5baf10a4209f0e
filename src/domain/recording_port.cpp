#include "warp/domain/recording_port.h"

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kRecordingForms{"wav", "wav_stereo", "pcap"};
constexpr std::array<std::string_view, 5> kRecordingStops{"call_ended", "asked", "quota", "disk_failed",
                                                          "process_killed"};
constexpr std::array<std::string_view, 4> kRecordingRefusals{"off", "quota", "disk_full", "stopping"};

}  // namespace

std::string_view to_string(RecordingForm form) {
  return name_of(kRecordingForms, form);
}

std::string_view to_string(RecordingStop cause) {
  return name_of(kRecordingStops, cause);
}

std::string_view to_string(RecordingRefused refusal) {
  return name_of(kRecordingRefusals, refusal);
}

std::optional<RecordingForm> parse_recording_form(std::string_view text) {
  return find_name<RecordingForm>(kRecordingForms, text);
}

std::optional<RecordingStop> parse_recording_stop(std::string_view text) {
  return find_name<RecordingStop>(kRecordingStops, text);
}

}  // namespace warp::domain

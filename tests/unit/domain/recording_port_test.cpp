#include "warp/domain/recording_port.h"

#include <gtest/gtest.h>

namespace warp::domain {
namespace {

TEST(RecordingNames, GoThereAndBack) {
  for (const auto form : {RecordingForm::WavMono, RecordingForm::WavStereo, RecordingForm::Pcap})
    EXPECT_EQ(parse_recording_form(to_string(form)), form);
  for (const auto cause : {RecordingStop::CallEnded, RecordingStop::Asked, RecordingStop::Quota,
                           RecordingStop::DiskFailed, RecordingStop::ProcessKilled})
    EXPECT_EQ(parse_recording_stop(to_string(cause)), cause);
  EXPECT_EQ(to_string(RecordingForm::WavStereo), "wav_stereo");
  EXPECT_EQ(to_string(RecordingStop::DiskFailed), "disk_failed");
  EXPECT_EQ(to_string(RecordingRefused::DiskFull), "disk_full");
  EXPECT_FALSE(parse_recording_form("mp3"));
  EXPECT_FALSE(parse_recording_stop(""));
}

}  // namespace
}  // namespace warp::domain

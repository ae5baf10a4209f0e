// FakeRecordings: a RecordingPort that notes what it is asked for, and refuses when it is told to.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "warp/domain/recording_port.h"

namespace warp::test {

class FakeRecordings final : public domain::RecordingPort {
 public:
  struct Tap final : domain::MediaTap {
    void packet(domain::MediaSide, std::size_t, std::span<const std::byte>, const domain::TapOrigin&,
                Monotonic) noexcept override {}
    void terms(domain::MediaSide, std::size_t,
               const std::shared_ptr<const domain::MediaTerms>&) noexcept override {}
  };
  Result<std::shared_ptr<domain::MediaTap>, domain::RecordingRefused> start(
      const domain::RecordingRequest& request) override {
    if (refusal) return *refusal;
    started.push_back(request);
    return std::shared_ptr<domain::MediaTap>(std::make_shared<Tap>());
  }
  void stop(domain::RecordingId id, domain::RecordingStop cause) override { stopped.emplace_back(id, cause); }

  std::optional<domain::RecordingRefused> refusal;
  std::vector<domain::RecordingRequest> started;
  std::vector<std::pair<domain::RecordingId, domain::RecordingStop>> stopped;
};

}  // namespace warp::test

// Session: one recording while it runs. Of the writer's thread; tests drive it by hand.
//
// Form and sample rate are settled when the first packet of known formats comes, or the first one at all.
// A session that is destroyed before end() leaves what a killed process would.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "warp/audio/wav.h"
#include "warp/recording/key.h"
#include "warp/recording/recorder.h"

#include "facts.h"
#include "output.h"
#include "timeline.h"
#include "track.h"

namespace warp::recording {

struct Place {
  std::filesystem::path folder;
  std::optional<Key> key;
};

struct Arrival {
  domain::MediaSide from{};
  std::uint8_t stream = 0;
  domain::TapOrigin origin;
  Monotonic at{};
};

class Session {
 public:
  // How long after its time a packet still finds its place.
  static constexpr std::chrono::milliseconds kSettling{400};
  static constexpr std::size_t kStreams = domain::MediaSession::kMaxStreams;

  // Place and kit outlive it. `begin`: Request::at on the other clock.
  Session(const Place& place, const AudioKit& kit, Request request, Monotonic begin);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What can fail is the disk: false, and then nothing more is written.
  bool open();
  void terms(domain::MediaSide of, std::size_t stream, std::shared_ptr<const domain::MediaTerms> terms);
  bool packet(const Arrival& arrival, std::span<const std::byte> datagram);
  bool advance(Monotonic now);
  bool flush();

  std::uint64_t octets() const { return output_ ? output_->octets() : 0; }
  const Request& request() const { return request_; }
  // What there is; its file is still a `.part`. Once.
  struct Ended {
    std::unique_ptr<Output> output;  // null: nothing was written
    Finished what;
  };
  Ended end(Monotonic now, StopCause cause);

 private:
  struct Side {
    std::shared_ptr<const domain::MediaTerms> terms;
    std::unique_ptr<Track> track;
  };
  Side& side(domain::MediaSide of, std::size_t stream) {
    return sides_[static_cast<std::size_t>(of)][stream % kStreams];
  }
  bool decodable() const;
  std::uint32_t wanted_rate() const;
  bool settle();
  void make_track(domain::MediaSide of, std::size_t stream);
  bool write_until(std::int64_t place);
  std::int64_t place_at(Monotonic now) const;

  const Place& place_;
  const AudioKit& kit_;
  Request request_;
  const Monotonic begin_;
  std::array<std::array<Side, kStreams>, 2> sides_;
  std::unique_ptr<Timeline> timeline_;
  std::unique_ptr<Output> output_;
  std::uint32_t rate_ = 8000;
  bool settled_ = false, failed_ = false;
  std::vector<std::byte> written_;
};

// The head of a WAV file with `content` octets behind it, 4 GiB at most.
std::array<std::byte, audio::kWavHeader> head_of(std::uint32_t rate, unsigned channels,
                                                 std::uint64_t content);

}  // namespace warp::recording

// StreamControl: the signalling side of one stream's treatment: knows what the worker's treatment wears, and
// makes what it lacks. Its owner's thread. An Order is what goes to the worker.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "warp/domain/media_port.h"

#include "treat/outfit.h"
#include "treat/treatment.h"

namespace warp::media {

struct Order {
  enum class What : std::uint8_t { Wear, Play, StopClip, Digit, AddTap, RemoveTap };
  What what{};
  std::unique_ptr<Treatment> spare;  // for a stream that has none
  std::unique_ptr<Outfit> outfit;
  domain::MediaSide towards{};
  std::unique_ptr<ClipPlayer> clip;
  std::unique_ptr<Speaker> speaker;
  char digit = 0;
  std::chrono::milliseconds length{0};
  std::shared_ptr<domain::MediaTap> tap;  // shared as the session's taps are
  const domain::MediaTap* removed = nullptr;
};

// What treatments are made of that is not their session's.
struct ControlTools {
  std::shared_ptr<const DtlsIdentity> identity;  // of all sessions; null: no DTLS
  std::uint64_t random = 0;                      // fresh, each time
  Monotonic now{};
};

class StreamControl {
 public:
  using Remotes = std::array<domain::MediaStreamRemote, 2>;

  // Has a treatment been asked for, ever?
  bool treated() const { return treated_; }
  // False: wear() has nothing to do for these; costs nothing.
  bool concerned(const Remotes& remotes) const {
    return treated_ || remotes[0].terms != nullptr || remotes[1].terms != nullptr;
  }
  // After a change of a side's remote. Null: the stream is plain, and was.
  std::unique_ptr<Order> wear(const Remotes& remotes, const ControlTools& tools);
  // For the next wear(): how far the SRTP of a side had come in a process before.
  void remember(std::size_t side, const domain::SrtpMemory& memory) { restored_[side] = memory; }

  // Null: nothing can be played to that side, or it takes no digits here.
  std::unique_ptr<Order> play(const Remotes& remotes, domain::MediaSide towards,
                              std::shared_ptr<const domain::MediaClip> clip, bool loop,
                              const ControlTools& tools);
  static std::unique_ptr<Order> stop_clip(domain::MediaSide towards);
  std::unique_ptr<Order> send_digit(const Remotes& remotes, domain::MediaSide towards, char digit,
                                    std::chrono::milliseconds length, const ControlTools& tools);
  std::unique_ptr<Order> add_tap(const Remotes& remotes, std::shared_ptr<domain::MediaTap> tap,
                                 const ControlTools& tools);
  static std::unique_ptr<Order> remove_tap(const domain::MediaTap* tap);

 private:
  struct Hearing {
    std::vector<domain::MediaFormat> formats;
    std::optional<std::uint8_t> comfort_noise;
    Listener::Wishes wishes;
    friend bool operator==(const Hearing&, const Hearing&) = default;
  };

  std::unique_ptr<Order> order(Order::What what, const Remotes& remotes, const ControlTools& tools);
  void dress(std::size_t side, const Remotes& remotes, Outfit& outfit, const ControlTools& tools);
  void dress_speaker(std::size_t side, const Remotes& remotes, Outfit& outfit);
  void dress_listener(std::size_t side, const Remotes& remotes, Outfit& outfit, const ControlTools& tools);
  void dress_secure(std::size_t side, const Remotes& remotes, Outfit& outfit, const ControlTools& tools);
  void dress_fax(const Remotes& remotes, Outfit& outfit);
  std::unique_ptr<Speaker> speaker_for(const Remotes& remotes, domain::MediaSide towards);

  bool treated_ = false;
  std::array<std::optional<Hearing>, 2> hearing_;
  std::array<std::optional<domain::MediaFormat>, 2> speaking_;
  std::array<bool, 2> speaks_{};  // because of the plan, not for a clip alone
  std::array<std::shared_ptr<const domain::MediaTerms>, 2> secured_;  // null: in the clear
  std::array<std::optional<domain::SrtpMemory>, 2> restored_;
  std::optional<domain::FaxTerms> fax_;
};

}  // namespace warp::media

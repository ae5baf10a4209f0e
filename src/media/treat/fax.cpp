// The gateway's tick: what came of the audio side goes to the T.38 side, and the other way round.
#include <array>

#include "treat/ears.h"
#include "treat/treatment.h"

namespace warp::media {
namespace {

constexpr std::size_t kBlock = 160;  // 20 ms at the gateway's 8000 Hz
constexpr std::size_t kMostUdptl = 1400;
// What a tick may take in, hostile packets included: all that a jitter buffer holds, at 60 ms a packet.
constexpr int kMostBlocks = 192;

}  // namespace

// A modem forgives no block that is left out or put in, and the gateway minds no delay: it hears what came,
// when it came, however long a machine on the way stood. Silence is put in only for a side that has stopped.
void Treatment::tick_fax(Monotonic now) {
  Half& t38 = halves_[*plan_.fax_side];
  Half& audio = beyond(t38);
  const auto hear = [&](std::span<const audio::Sample> block) {
    fax_->hear(block);
    std::array<std::byte, kMostUdptl> datagram;
    while (const auto size = fax_->take_udptl(datagram))
      t38.wire->send(*t38.side, StreamWire::Kind::Rtp, std::span(datagram).first(size));
  };
  std::array<audio::Sample, kBlock> block;
  TreatmentEars ears(*this, audio);
  int heard = 0;
  for (; heard < kMostBlocks && audio.listener->next(block, ears, now); ++heard)
    hear(block);
  fax_quiet_ticks_ = heard > 0 ? 0 : fax_quiet_ticks_ + 1;
  if (fax_quiet_ticks_ >= kFaxPatienceTicks) {
    fax_quiet_ticks_ = kFaxPatienceTicks;
    block.fill(0);
    hear(block);
  }
  fax_->say(block);
  audio.speaker->say(block, audio.outlet, audio, now);
}

}  // namespace warp::media

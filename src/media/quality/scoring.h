// Scores of the two ways of a stream by the E-model. Pure: what is known goes in.
#pragma once

#include <cstdint>
#include <optional>

#include "warp/domain/e_model.h"

#include "quality/quality_watch.h"

namespace warp::media {

using Codec = std::optional<domain::VoiceCodec>;

// From a peer to us.
struct WayIn {
  Codec codec;
  ReceivedTotals totals;
  std::uint32_t jitter_us = 0;
  std::uint32_t rtt_us = 0;  // between us and that peer
};

// From us to the listener, by its own reports.
struct WayOut {
  Codec codec;
  std::uint32_t loss_e6 = 0;
  bool of_ours_alone = false;  // the loss is that of our stream; else of the whole way
  std::uint32_t discarded_e4 = 0;
  std::uint32_t jitter_us = 0;
  std::uint32_t rtt_us = 0;
  std::uint32_t end_system_ms = 0;  // 0: not known
  bool conceals = false;
};

// Of what came to us, as if it were played here. nullopt: nothing was due, or the codec is not known.
std::optional<std::uint16_t> score_in(const WayIn& in);
// Of what the listener hears of the peer at the other end.
std::optional<std::uint16_t> score_heard(const WayIn& in, const WayOut& out);

}  // namespace warp::media

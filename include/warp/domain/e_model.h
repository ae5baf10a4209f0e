// The E-model (ITU-T G.107) with its defaults, as far as a relay can feed it: codec, loss, delay. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::domain {

// G.113 Appendix I and, where it says nothing, what docs/media/quality.md says. Tenths.
struct VoiceCodec {
  std::uint16_t impairment = 0;  // Ie, what the codec takes away
  std::uint16_t robustness = 0;  // Bpl, how well it bears loss without concealment at the receiver
  std::uint16_t concealed = 0;   // Bpl with it
  friend bool operator==(const VoiceCodec&, const VoiceCodec&) = default;
};

// Of "PCMU/8000", by the name alone; nullopt: nothing is known of it.
std::optional<VoiceCodec> voice_codec(std::string_view encoding);

struct VoicePath {
  VoiceCodec codec;
  std::uint32_t loss_e6 = 0;   // share of what should have been played, of a million
  std::uint64_t delay_us = 0;  // mouth to ear, one way
  bool concealed = false;      // the receiver is known to conceal loss
};

// What a listener is given up to: a buffer of twice the jitter, at most the depth that late packets are
// counted by (rtp::ReceiveStatistics::kLateMs), and one packet.
std::uint64_t playout_delay_us(std::uint32_t jitter_us);

// Mean opinion score in hundredths, 100 to 450. BurstR is 1: loss is taken to be random.
std::uint16_t mos_e2(const VoicePath& path);

}  // namespace warp::domain

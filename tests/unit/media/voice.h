// A voice for the tests of treated streams: tones out as packets, packets back as audio, and what is in it.
#pragma once

#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "warp/audio/codec.h"
#include "warp/audio/tone.h"
#include "warp/rtp/packet.h"

#include "peer.h"
#include "treat/codecs.h"
#include "treat_terms.h"

namespace warp::media::testing {

// The share of the energy that is at `hertz`, 0..1.
inline double share_at(std::span<const audio::Sample> samples, double hertz, std::uint32_t rate) {
  double re = 0, im = 0, all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
    all += static_cast<double>(samples[i]) * samples[i];
  }
  return all == 0 ? 0 : 2 * (re * re + im * im) / (static_cast<double>(samples.size()) * all);
}

// Encodes audio into packets of one stream.
class Talker {
 public:
  Talker(const domain::MediaFormat& format, std::uint32_t ssrc)
      : format_(format), ssrc_(ssrc), encoder_(audio::make_encoder(parameters_of(format))) {}

  std::uint32_t rate() const { return audio::sample_rate(parameters_of(format_)); }
  // The next packet: `samples` are 20 ms as a rule.
  Bytes say(std::span<const audio::Sample> samples) {
    Bytes out = rtp_packet(sequence_++, ssrc_, timestamp_, 2000, format_.payload_type);
    out.resize(12 + encoder_->encode(samples, std::span(out).subspan(12)));
    timestamp_ += static_cast<std::uint32_t>(samples.size() * format_.clock_rate / rate());
    return out;
  }
  std::uint16_t next_sequence() const { return sequence_; }
  std::uint32_t next_timestamp() const { return timestamp_; }
  void skip(std::uint32_t units) { timestamp_ += units; }
  Bytes event(std::uint8_t type, std::uint8_t digit, bool end, std::uint16_t duration, bool marker) {
    auto out = rtp_packet(sequence_++, ssrc_, timestamp_, 4, type);
    if (marker) out[1] |= std::byte{0x80};
    out[12] = std::byte{digit};
    out[13] = static_cast<std::byte>((end ? 0x80 : 0) | 10);
    out[14] = static_cast<std::byte>(duration >> 8);
    out[15] = static_cast<std::byte>(duration);
    return out;
  }

 private:
  const domain::MediaFormat format_;
  const std::uint32_t ssrc_;
  const std::unique_ptr<audio::Encoder> encoder_;
  std::uint16_t sequence_ = 100;
  std::uint32_t timestamp_ = 4000;
};

struct Heard {
  rtp::Header header;
  Bytes payload;
};

// What came to a peer, in order, and as audio.
class Hearer {
 public:
  explicit Hearer(const domain::MediaFormat& format)
      : format_(format), decoder_(audio::make_decoder(parameters_of(format))) {}

  void take(const Peer& peer, std::chrono::milliseconds patience = std::chrono::milliseconds(0)) {
    while (const auto got = peer.receive(patience))
      hear(got->data);
  }
  void hear(const Bytes& data) {
    const auto header = rtp::parse_header(data);
    if (!header) return;
    const auto payload = *rtp::payload(data, *header);
    packets.push_back({*header, Bytes(payload.begin(), payload.end())});
    if (header->payload_type != format_.payload_type) return;
    std::vector<audio::Sample> out(audio::kMostSamples);
    const auto made = decoder_->decode(payload, out);
    if (!made) return;
    samples.insert(samples.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*made));
  }
  std::uint32_t rate() const { return audio::sample_rate(parameters_of(format_)); }
  std::span<const audio::Sample> last_ms(unsigned ms) const {
    const auto count = std::min<std::size_t>(samples.size(), rate() / 1000 * ms);
    return std::span(samples).last(count);
  }
  // One SSRC, and no sequence number is missing or twice.
  bool continuous() const {
    for (std::size_t i = 1; i < packets.size(); ++i) {
      const auto& before = packets[i - 1].header;
      const auto& after = packets[i].header;
      if (after.ssrc != before.ssrc || after.sequence != static_cast<std::uint16_t>(before.sequence + 1))
        return false;
    }
    return true;
  }

  std::vector<Heard> packets;
  std::vector<audio::Sample> samples;

 private:
  const domain::MediaFormat format_;
  const std::unique_ptr<audio::Decoder> decoder_;
};

}  // namespace warp::media::testing

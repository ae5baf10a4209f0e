// Encoder, Decoder: one direction of one audio codec. Libraries do the coding: spandsp (G.722), bcg729, opus,
// opencore-amr; G.711 and L16 are tables.
//
// Audio within is mono, 16 bit, at sample_rate(): 8000 (PCMU, PCMA, G729, AMR, L16/8000), 16000 (G722,
// L16/16000), 48000 (Opus); L16 goes at 32000 and 48000 as well. Not thread-safe; no allocation after make();
// nothing here throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace warp::audio {

using Sample = std::int16_t;

enum class Codec : std::uint8_t { Pcmu, Pcma, G722, G729, Opus, Amr, L16 };
std::string_view to_string(Codec codec);  // as in rtpmap: PCMU, PCMA, G722, G729, opus, AMR, L16
std::optional<Codec> parse_codec(std::string_view rtpmap_name);  // without case

struct Parameters {
  Codec codec{};
  std::uint32_t clock_rate = 8000;  // of RTP timestamps
  bool octet_aligned = false;       // AMR (RFC 4867)
  std::uint16_t mode_set = 0;       // AMR: bit n is mode n; 0: all
  bool in_band_fec = false;         // Opus
  bool annex_b = false;             // G729
};

std::uint32_t sample_rate(const Parameters& parameters);
// The length of which packets are multiples: 10 ms for G729, 20 ms for AMR and Opus (2.5 is not made), 1 ms
// otherwise.
unsigned frame_ms(const Parameters& parameters);
inline constexpr unsigned kLongestMs = 120;                   // of a packet
inline constexpr std::size_t kMostSamples = 48 * kLongestMs;  // of a packet, at any rate
inline constexpr std::size_t kMostOctets = 2 * kMostSamples;

class Encoder {
 public:
  virtual ~Encoder() = default;
  // `samples`: a multiple of frame_ms at sample_rate(), at most kLongestMs. Returns the payload's octets; 0:
  // the codec failed, or `out` is too small.
  virtual std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) = 0;
  // What the peer asked for in its payloads (Decoder::requested_mode()): AMR codes in the best mode of its
  // mode_set that is no better. Others have no modes.
  virtual void request_mode(std::uint8_t) {}
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Any bytes. Returns the samples made; nullopt: not a payload of this codec, longer than kLongestMs or than
  // `out` (then conceal() takes its place). 0: a valid payload without audio (AMR NO_DATA: conceal() goes on
  // with the noise of the last silence descriptor).
  virtual std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) = 0;
  // What stands in for a packet that was lost: the codec's own concealment, or repetition that fades out
  // within 60 ms (G.711 Appendix I in spirit). `samples` are wanted; all of them are written.
  virtual void conceal(std::span<Sample> samples) = 0;
  // As conceal(), for the packet just before `next`: what `next` repeats of it is used (Opus in-band FEC).
  // `next` is then decoded as ever.
  virtual void recover(std::span<Sample> samples, std::span<const std::byte> next) {
    static_cast<void>(next);
    conceal(samples);
  }
  // The mode that the last payload asked of our encoder (AMR's CMR); nullopt: none.
  virtual std::optional<std::uint8_t> requested_mode() const { return std::nullopt; }
  // How long `payload` lasts, in whole milliseconds, without decoding it; 0: cannot be told.
  virtual unsigned duration_ms(std::span<const std::byte> payload) const = 0;
};

// Null: the library is out of memory, or the clock rate is none of this codec.
std::unique_ptr<Encoder> make_encoder(const Parameters& parameters);
std::unique_ptr<Decoder> make_decoder(const Parameters& parameters);

}  // namespace warp::audio

// MediaTerms: what is agreed with one side about one stream, beyond its address: the formats, how digits
// travel, the keys. Made by calls from offer and answer, carried out by media. Immutable once made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/domain/policy/media.h"

namespace warp::domain {

// What the daemon can code; anything else passes as it is.
enum class AudioCodec : std::uint8_t { Pcmu, Pcma, G722, G729, Opus, Amr, L16 };

struct MediaFormat {
  AudioCodec codec{};
  std::uint8_t payload_type = 0;
  std::uint32_t clock_rate = 8000;  // of RTP timestamps: 8000 for G722, 48000 for Opus
  std::uint8_t channels = 1;        // as rtpmap says; audio is mono within
  std::uint16_t ptime_ms = 20;      // that the peer wants
  bool octet_aligned = false;       // AMR
  std::uint16_t mode_set = 0;       // AMR: bit n is mode n; 0: all
  bool in_band_fec = false;         // Opus
  bool annex_b = false;             // G729: silence descriptors may come
  friend bool operator==(const MediaFormat&, const MediaFormat&) = default;
};

// RFC 4568 §6.2, RFC 7714.
enum class SrtpSuite : std::uint8_t {
  None,
  AesCm128Sha1_80,
  AesCm128Sha1_32,
  AesCm256Sha1_80,
  AesCm256Sha1_32,
  AeadAes128Gcm,
  AeadAes256Gcm,
};

// Master key and salt, one behind the other.
struct SrtpKeys {
  SrtpSuite suite = SrtpSuite::None;
  std::array<std::byte, 46> material{};
  std::uint8_t size = 0;
  std::uint64_t lifetime = 0;  // packets, and reports, of who sends by it (RFC 4568 §6.1); 0: the suite's own
  bool same_key(const SrtpKeys& other) const {
    return suite == other.suite && material == other.material && size == other.size;
  }
  friend bool operator==(const SrtpKeys&, const SrtpKeys&) = default;
};

// DTLS-SRTP (RFC 5763): keys come out of the handshake on the media path.
struct DtlsTerms {
  bool active = false;  // we send the ClientHello (a=setup:active of ours)
  std::string hash;     // "sha-256": of the peer's fingerprint
  std::vector<std::byte> fingerprint;
  friend bool operator==(const DtlsTerms&, const DtlsTerms&) = default;
};

// ICE-lite (RFC 8445 §2.5): we answer checks and send where the nominated one came from.
struct IceTerms {
  std::string local_ufrag, local_password;
  std::string remote_ufrag, remote_password;
  friend bool operator==(const IceTerms&, const IceTerms&) = default;
};

// T.38 as this side has it (T.38 Annex D).
struct FaxTerms {
  std::uint8_t version = 0;
  std::uint32_t max_bit_rate = 14400;
  std::uint16_t max_datagram = 400;
  bool redundancy = true;  // t38UDPRedundancy; else FEC
  friend bool operator==(const FaxTerms&, const FaxTerms&) = default;
};

struct MediaTerms {
  // Agreed with this side, by preference. The first is what it is sent; any may come from it. Empty: not
  // known (video, codecs that we cannot code): packets pass with their payload as it is.
  std::vector<MediaFormat> formats;
  std::optional<std::uint8_t> events;  // payload type of telephone-event
  std::uint32_t events_clock = 8000;
  std::optional<std::uint8_t> comfort_noise;  // payload type of CN
  DtmfMode dtmf = DtmfMode::Auto;
  FaxMode fax = FaxMode::Pass;
  // It gets packets of its ptime_ms also where the codec need not change (MediaPolicy::ptime).
  bool fixed_ptime = false;
  // A fax machine speaks in its audio: the same delay all the time, and no comfort noise.
  bool fax_audio = false;
  FaxTerms t38;            // when the stream is opaque
  SrtpKeys send, receive;  // SDES; suite None: in the clear, or by DTLS
  std::optional<DtlsTerms> dtls;
  std::optional<IceTerms> ice;
  friend bool operator==(const MediaTerms&, const MediaTerms&) = default;
};

}  // namespace warp::domain

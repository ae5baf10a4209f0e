// MediaPolicy: what one peer is offered and allowed in its media: codecs, encryption, DTMF, fax, what it
// hears of ours, what is recorded.
#pragma once

#include <optional>

#include "warp/domain/policy/fields.h"

namespace warp::domain {

enum class MediaSecurity : std::uint8_t {
  Off,       // RTP/AVP alone: keys and fingerprints of this peer are not looked at
  Optional,  // encrypted when the peer can (RFC 8643 towards it), in the clear otherwise
  Required,  // what is not encrypted is refused
};
enum class KeyAgreement : std::uint8_t {
  Sdes,
  Dtls
};  // what is offered towards it; answered is what it offers
enum class DtmfMode : std::uint8_t {
  Auto,  // RFC 4733 when agreed, else in the audio; INFO of this peer is understood in any mode
  Rfc4733,
  Info,    // application/dtmf-relay
  Inband,  // tones in the audio
};
enum class FaxMode : std::uint8_t {
  Pass,   // as the two sides agree
  Audio,  // this peer gets G.711, whatever the other side speaks
  T38,    // this peer gets T.38, asked or when a fax is heard, whatever the other side speaks
};
enum class RecordMode : std::uint8_t {
  Off,
  Wav,
  WavStereo,
  Pcap,
  Siprec,  // RFC 7866: sent to a recorder
};
enum class RecordedDigits : std::uint8_t {
  Sent,    // telephone-events go to the recorder as they come
  Masked,  // they are left out
};

struct MediaPolicy {
  // Names of codecs, by preference: PCMU, PCMA, G722, G729, opus, AMR, L16. Empty: whatever the peers say.
  std::vector<std::string> codecs;
  bool transcode = false;     // what `codecs` names and the other side lacks is offered, and made here
  std::uint32_t ptime = 0;    // milliseconds towards it, 0: as the other side has it
  bool comfort_noise = true;  // CN (RFC 3389) may be agreed
  MediaSecurity security = MediaSecurity::Off;
  KeyAgreement keys = KeyAgreement::Sdes;
  std::vector<std::string> suites;  // RFC 4568 names, by preference; empty: all that are known
  bool ice = false;                 // ICE-lite candidates towards it (RFC 8445)
  DtmfMode dtmf = DtmfMode::Auto;
  FaxMode fax = FaxMode::Pass;
  std::string ringback;      // clip for a caller of this side whose far end rings without audio; empty: none
  std::string hold_music;    // clip for this side while the other holds; empty: as the other side has it
  std::string refusal_clip;  // clip before a refusal of a call from this side; empty: refused at once
  std::string cut_off_clip;  // clip to this side before its call is ended for want of credit; empty: none
  RecordMode record = RecordMode::Off;  // every call of this side
  bool record_tone = false;             // both sides hear that they are recorded
  std::string recorder;                 // of recordings.siprec.targets; empty: those without a name
  RecordedDigits record_digits = RecordedDigits::Sent;  // towards recorders
};

// Of the words in the fields' lists, and of fields together: what is wrong, and in which; nullopt: nothing.
struct MediaProblem {
  std::string_view field;
  std::string cure;
};
std::optional<MediaProblem> check(const MediaPolicy& policy);

// Names and bounds of every field.
void describe(MediaPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain

#include "warp/domain/policy/media.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::domain {
namespace {

constexpr std::size_t kLongestClipName = 128;
constexpr std::array<std::string_view, 3> kSecurity{"off", "optional", "required"};
constexpr std::array<std::string_view, 2> kKeys{"sdes", "dtls"};
constexpr std::array<std::string_view, 4> kDtmf{"auto", "rfc4733", "info", "inband"};
constexpr std::array<std::string_view, 3> kFax{"pass", "audio", "t38"};
constexpr std::array<std::string_view, 5> kRecord{"off", "wav", "wav_stereo", "pcap", "siprec"};
constexpr std::array<std::string_view, 2> kRecordedDigits{"sent", "masked"};
constexpr std::size_t kLongestRecorderName = 64;
constexpr std::array<std::string_view, 7> kCodecs{"PCMU", "PCMA", "G722", "G729", "opus", "AMR", "L16"};
constexpr std::array<std::string_view, 6> kSuites{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
                                                  "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
                                                  "AEAD_AES_128_GCM",        "AEAD_AES_256_GCM"};

template <std::size_t Count>
std::string unknown_of(const std::vector<std::string>& names,
                       const std::array<std::string_view, Count>& known) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto same = [&](std::string_view other) { return iequals(names[i], other); };
    if (std::none_of(known.begin(), known.end(), same) ||
        std::any_of(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), same))
      return names[i];
  }
  return {};
}

template <std::size_t Count>
std::string wanted_of(const std::string& wrong, const std::array<std::string_view, Count>& known) {
  std::string cure = "'" + wrong + "' is unknown or named twice: of ";
  for (const auto name : known)
    cure.append(name == known.front() ? "" : ", ").append(name);
  return cure + " each once at most";
}

}  // namespace

std::optional<MediaProblem> check(const MediaPolicy& policy) {
  if (const auto wrong = unknown_of(policy.codecs, kCodecs); !wrong.empty())
    return MediaProblem{"codecs", wanted_of(wrong, kCodecs)};
  if (const auto wrong = unknown_of(policy.suites, kSuites); !wrong.empty())
    return MediaProblem{"suites", wanted_of(wrong, kSuites)};
  if (policy.transcode && policy.codecs.empty())
    return MediaProblem{"transcode", "codecs are wanted: those named there are made"};
  if (policy.ptime != 0 && policy.ptime % 10 != 0)
    return MediaProblem{"ptime", "a multiple of 10 is wanted, or 0"};
  return std::nullopt;
}

void describe(MediaPolicy& p, PolicyFields& fields) {
  fields.list(
      "codecs", p.codecs, kCodecs.size(),
      "Codecs that it may use, by preference: PCMU, PCMA, G722, G729, opus, AMR, L16; none named: whatever "
      "the peers say.");
  fields.flag("transcode", p.transcode,
              "What codecs names and the other side lacks is offered to it, and made here.");
  fields.number("ptime", p.ptime, 0, 60, "Milliseconds of a packet towards it; 0: as the other side has it.");
  fields.flag("comfort_noise", p.comfort_noise, "Comfort noise (RFC 3389) may be agreed.");
  fields.choice("security", p.security, kSecurity, "Whether its media are encrypted.");
  fields.choice("keys", p.keys, kKeys, "How keys are offered to it; answered is what it offers.");
  fields.list("suites", p.suites, kSuites.size(),
              "SRTP suites, by preference, with the names of RFC 4568; none named: all that are known.");
  fields.flag("ice", p.ice, "ICE-lite (RFC 8445) with it.");
  fields.choice("dtmf", p.dtmf, kDtmf, "How digits reach it.");
  fields.choice("fax", p.fax, kFax, "How fax reaches it.");
  fields.text("ringback", p.ringback, kLongestClipName,
              "Clip for it while the far end rings without audio; empty: none.");
  fields.text("hold_music", p.hold_music, kLongestClipName,
              "Clip for it while the other side holds; empty: as the other side has it.");
  fields.text("refusal_clip", p.refusal_clip, kLongestClipName,
              "Clip for it before its call is refused; empty: refused at once.");
  fields.text("cut_off_clip", p.cut_off_clip, kLongestClipName,
              "Clip for it before its call ends for want of credit; empty: none.");
  fields.choice("record", p.record, kRecord, "What is recorded of each of its calls.");
  fields.flag("record_tone", p.record_tone, "Both sides hear that they are recorded.");
  fields.text(
      "recorder", p.recorder, kLongestRecorderName,
      "Which recorders (recordings.siprec.targets) get calls that are recorded by SIPREC; empty: those "
      "without a name.");
  fields.choice("record_digits", p.record_digits, kRecordedDigits,
                "Whether recorders get the digits of RFC 4733.");
}

}  // namespace warp::domain

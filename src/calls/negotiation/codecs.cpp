#include "negotiation/codecs.h"

#include <algorithm>
#include <utility>

#include "warp/sdp/t38.h"

#include "negotiation/formats.h"

namespace warp::calls {

using domain::DtmfMode;
using domain::FaxMode;
using domain::MediaPolicy;

namespace {

bool takes_events(const MediaPolicy& policy) {
  return policy.dtmf == DtmfMode::Auto || policy.dtmf == DtmfMode::Rfc4733;
}

bool allowed(const AudioFormat& format, const MediaPolicy& policy) {
  return place_of(format, policy.codecs) != kNotNamed;
}

void sort_by(std::vector<AudioFormat>& formats, const MediaPolicy& policy) {
  std::stable_sort(formats.begin(), formats.end(), [&](const AudioFormat& a, const AudioFormat& b) {
    return place_of(a, policy.codecs) < place_of(b, policy.codecs);
  });
}

bool has_clock(const std::vector<AudioFormat>& formats, std::uint32_t clock_rate) {
  return std::any_of(formats.begin(), formats.end(),
                     [&](const AudioFormat& format) { return format.clock_rate == clock_rate; });
}

bool any_codable(const std::vector<AudioFormat>& formats, const MediaPolicy& policy) {
  return std::any_of(formats.begin(), formats.end(), [&](const AudioFormat& format) {
    return format.codable.has_value() && allowed(format, policy);
  });
}

// Those that go with a clock of the codecs, or all when none does.
std::vector<AudioFormat> fitting(const std::vector<AudioFormat>& extras,
                                 const std::vector<AudioFormat>& codecs) {
  std::vector<AudioFormat> out;
  std::copy_if(extras.begin(), extras.end(), std::back_inserter(out),
               [&](const AudioFormat& format) { return has_clock(codecs, format.clock_rate); });
  return out.empty() ? extras : out;
}

void set_ptime(sdp::Media& line, std::uint32_t ptime) {
  if (ptime == 0) return;
  line.set("ptime", std::to_string(ptime));
  line.remove("maxptime");
}

// Codecs that the policy names and nobody has offered.
std::vector<AudioFormat> made_here(const AudioFormats& offered, const MediaPolicy& from,
                                   const MediaPolicy& to, UsedTypes& used) {
  std::vector<AudioFormat> made;
  if (!to.transcode || !any_codable(offered.codecs, from)) return made;
  for (const auto& name : to.codecs) {
    const std::vector<std::string> one{name};
    const bool known =
        std::any_of(offered.codecs.begin(), offered.codecs.end(), [&](const AudioFormat& format) {
          return place_of(format, one) != kNotNamed && allowed(format, from);
        });
    if (known) continue;
    if (auto format = make_format(name, used)) made.push_back(std::move(*format));
  }
  return made;
}

std::vector<AudioFormat> offered_events(const AudioFormats& offered, const std::vector<AudioFormat>& codecs,
                                        const std::vector<AudioFormat>& made, const MediaPolicy& to,
                                        UsedTypes& used) {
  if (!takes_events(to)) return {};
  const bool asked = to.dtmf == DtmfMode::Rfc4733;
  if (offered.events.empty() && !asked) return {};
  std::vector<AudioFormat> events = fitting(offered.events, codecs);
  for (const auto& codec : asked&& events.empty() ? codecs : made)
    if (!has_clock(events, codec.clock_rate))
      if (auto format = make_events(codec.clock_rate, used)) events.push_back(std::move(*format));
  return events;
}

bool offer_audio(sdp::Media& line, const MediaPolicy& from, const MediaPolicy& to) {
  const AudioFormats offered = formats_of(line);
  AudioFormats out;
  std::copy_if(offered.codecs.begin(), offered.codecs.end(), std::back_inserter(out.codecs),
               [&](const AudioFormat& format) { return allowed(format, from) && allowed(format, to); });
  sort_by(out.codecs, to);
  UsedTypes used;
  for (const std::vector<AudioFormat>* list :
       {&std::as_const(out.codecs), &offered.events, &offered.comfort_noise})
    for (const auto& format : *list)
      used.push_back(format.payload_type);
  const auto made = made_here(offered, from, to, used);
  out.codecs.insert(out.codecs.end(), made.begin(), made.end());
  if (out.codecs.empty()) return false;
  out.events = offered_events(offered, out.codecs, made, to, used);
  if (from.comfort_noise && to.comfort_noise)
    for (const auto& format : offered.comfort_noise)
      if (has_clock(out.codecs, format.clock_rate)) out.comfort_noise.push_back(format);
  set_formats(line, out);
  set_ptime(line, to.ptime);
  return true;
}

// The answer to an offer of T.38 that the other side got as audio: T.38 again, as it was offered (ITU-T T.38
// D.2.3).
void answer_fax(sdp::Media& line, const sdp::Media& offer) {
  const std::uint16_t port = line.port;
  line = offer;
  line.port = port;
  line.connection.reset();
  sdp::set_t38(line, sdp::t38_answer(sdp::t38_of(offer)));
}

// Of the answerer's codecs those that were offered, as the offerer numbers them.
std::vector<AudioFormat> shared_codecs(const AudioFormats& answered, const AudioFormats& offered,
                                       const MediaPolicy& to) {
  std::vector<AudioFormat> shared;
  for (const auto& format : answered.codecs)
    for (const auto& known : offered.codecs) {
      if (!same_codec(format, known) || !allowed(known, to)) continue;
      shared.push_back(format);
      shared.back().payload_type = known.payload_type;
      if (shared.back().codable) shared.back().codable->payload_type = known.payload_type;
      break;
    }
  return shared;
}

// What we take of the offer by ourselves.
std::vector<AudioFormat> own_codecs(const AudioFormats& offered, const MediaPolicy& to) {
  std::vector<AudioFormat> own;
  for (const auto& format : offered.codecs) {
    if (!format.codable || !allowed(format, to)) continue;
    own.push_back(format);
    own.back().fmtp = own_parameters(*format.codable);
  }
  sort_by(own, to);
  return own;
}

std::vector<AudioFormat> answered_extras(const std::vector<AudioFormat>& offered,
                                         const std::vector<AudioFormat>& codecs, std::string_view fmtp) {
  std::vector<AudioFormat> out = fitting(offered, codecs);
  for (auto& format : out)
    if (!format.fmtp.empty()) format.fmtp = fmtp;
  return out;
}

constexpr std::string_view kDigits = "0-15";

bool answer_audio(sdp::Media& line, const sdp::Media& offer, const MediaPolicy& from, const MediaPolicy& to) {
  const AudioFormats answered = formats_of(line), offered = formats_of(offer);
  AudioFormats out;
  out.codecs = shared_codecs(answered, offered, to);
  const bool shared = !out.codecs.empty();
  if (!shared && any_codable(answered.codecs, from)) out.codecs = own_codecs(offered, to);
  if (out.codecs.empty()) return false;
  const bool translated = !shared || to.dtmf == DtmfMode::Rfc4733 || !takes_events(from);
  if (takes_events(to) && (!answered.events.empty() || translated))
    out.events = answered_extras(offered.events, out.codecs, kDigits);
  // What the other side's codec has for silence is made CN here.
  if (from.comfort_noise && to.comfort_noise && (!shared || !answered.comfort_noise.empty()))
    for (const auto& format : offered.comfort_noise)
      if (has_clock(out.codecs, format.clock_rate)) out.comfort_noise.push_back(format);
  set_formats(line, out);
  if (!shared || from.ptime != 0)
    for (const auto* name : {"ptime", "maxptime"})
      line.remove(name);
  set_ptime(line, to.ptime);
  return true;
}

}  // namespace

bool has_wishes(const MediaPolicy& policy) {
  return !policy.codecs.empty() || policy.transcode || policy.ptime != 0 || !policy.comfort_noise ||
         policy.security != domain::MediaSecurity::Off || policy.ice || policy.dtmf != DtmfMode::Auto ||
         policy.fax != FaxMode::Pass;
}

void offer_audio_for_fax(sdp::Media& line, const MediaPolicy& to) {
  line.kind = "audio";
  line.proto = "RTP/AVP";
  line.attributes.clear();
  AudioFormats formats;
  UsedTypes used;
  for (const auto* name : {"PCMU", "PCMA"})
    if (auto format = make_format(name, used); format && allowed(*format, to))
      formats.codecs.push_back(std::move(*format));
  if (formats.codecs.empty()) {
    used.clear();
    formats.codecs.push_back(*make_format("PCMU", used));
  }
  sort_by(formats.codecs, to);
  set_formats(line, formats);
}

bool offer_codecs(sdp::Media& line, const MediaPolicy& from, const MediaPolicy& to) {
  if (!has_wishes(from) && !has_wishes(to)) return true;
  if (is_fax(line) && to.fax == FaxMode::Audio) offer_audio_for_fax(line, to);
  return !is_audio(line) || offer_audio(line, from, to);
}

bool answer_codecs(sdp::Media& line, const sdp::Media& offer, const MediaPolicy& from,
                   const MediaPolicy& to) {
  if (is_fax(offer) && is_audio(line)) {
    answer_fax(line, offer);
    return true;
  }
  if (!has_wishes(from) && !has_wishes(to)) return true;
  if (!is_audio(line) || !is_audio(offer)) return true;
  return answer_audio(line, offer, from, to);
}

bool own_answer(sdp::Media& line, const sdp::Media& offer, const MediaPolicy& to) {
  if (!is_audio(offer)) return false;
  const AudioFormats offered = formats_of(offer);
  AudioFormats out;
  out.codecs = own_codecs(offered, to);
  if (out.codecs.empty()) return false;
  if (takes_events(to)) out.events = answered_extras(offered.events, out.codecs, kDigits);
  set_formats(line, out);
  set_ptime(line, to.ptime);
  return true;
}

}  // namespace warp::calls

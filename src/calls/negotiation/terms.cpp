#include "negotiation/terms.h"

#include <algorithm>

#include "warp/sdp/t38.h"

#include "negotiation/codecs.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"

namespace warp::calls {

using domain::MediaFormat;
using domain::MediaTerms;

namespace {

const AudioFormat* counterpart_of(const AudioFormat& format, const std::vector<AudioFormat>& among) {
  for (const auto& other : among)
    if (same_codec(format, other)) return &other;
  return nullptr;
}

// Theirs says what they want to be sent; what they send may have the number that we gave.
void agree_codecs(MediaTerms& terms, const AudioFormats& ours, const AudioFormats& theirs, bool by_ours) {
  for (const auto& format : by_ours ? ours.codecs : theirs.codecs) {
    const auto* other = counterpart_of(format, by_ours ? theirs.codecs : ours.codecs);
    if (other == nullptr) continue;
    const AudioFormat& wanted = by_ours ? *other : format;
    const AudioFormat& given = by_ours ? format : *other;
    if (!wanted.codable || !given.codable) {
      // A first codec that we cannot code is what both speak.
      if (terms.formats.empty()) return;
      continue;
    }
    terms.formats.push_back(*wanted.codable);
    if (given.payload_type == wanted.payload_type) continue;
    terms.formats.push_back(*wanted.codable);
    terms.formats.back().payload_type = given.payload_type;
  }
}

std::optional<std::uint8_t> agree_extra(const std::vector<AudioFormat>& ours,
                                        const std::vector<AudioFormat>& theirs, std::uint32_t clock,
                                        std::uint32_t* chosen_clock) {
  const AudioFormat* found = nullptr;
  for (const auto& format : theirs) {
    if (counterpart_of(format, ours) == nullptr) continue;
    if (found == nullptr || (format.clock_rate == clock && found->clock_rate != clock)) found = &format;
  }
  if (found == nullptr) return std::nullopt;
  if (chosen_clock != nullptr) *chosen_clock = found->clock_rate;
  return found->payload_type;
}

bool numbered_alike(const std::vector<AudioFormat>& ours, const std::vector<AudioFormat>& theirs) {
  return std::all_of(ours.begin(), ours.end(), [&](const AudioFormat& format) {
    const auto* other = counterpart_of(format, theirs);
    return other == nullptr || other->payload_type == format.payload_type;
  });
}

bool same_coding(const MediaFormat& a, const MediaFormat& b) {
  return a.codec == b.codec && a.clock_rate == b.clock_rate && a.octet_aligned == b.octet_aligned;
}

std::size_t rank_in(const MediaFormat& format, const std::vector<MediaFormat>& order) {
  const auto at = std::find_if(order.begin(), order.end(),
                               [&](const MediaFormat& other) { return same_coding(format, other); });
  return static_cast<std::size_t>(at - order.begin());
}

void settle_ptimes(MediaTerms& offerer, MediaTerms& answerer, const Said& offered, const Said& answered,
                   std::size_t stream) {
  const auto of_offer = offered.theirs->media[stream].ptime(),
             of_answer = answered.theirs->media[stream].ptime();
  const bool shared = !offerer.formats.empty() && !answerer.formats.empty() &&
                      same_coding(offerer.formats.front(), answerer.formats.front());
  const bool wished = offered.policy->ptime != 0 || answered.policy->ptime != 0;
  if (shared && !wished) {
    const unsigned common = of_answer.value_or(of_offer.value_or(kUsualPtime));
    set_ptimes(offerer, common);
    set_ptimes(answerer, common);
    return;
  }
  set_ptimes(offerer, offered.policy->ptime != 0 ? offered.policy->ptime : of_offer.value_or(kUsualPtime));
  set_ptimes(answerer,
             answered.policy->ptime != 0 ? answered.policy->ptime : of_answer.value_or(kUsualPtime));
}

// A peer that says nothing of its writer takes what all do (T.38 Table D.1 leaves it open).
constexpr std::uint16_t kUsualFaxDatagram = 400;

domain::FaxTerms fax_of(const sdp::T38& theirs) {
  return {.version = theirs.version,
          .max_bit_rate = theirs.max_bit_rate,
          .max_datagram = theirs.max_datagram.value_or(kUsualFaxDatagram),
          .redundancy = theirs.recovery != sdp::T38Recovery::Fec};
}

struct Numbering {
  bool codecs = true, extras = true;
};

Numbering numbering_of(const Said& said, std::size_t stream) {
  const AudioFormats ours = formats_of(said.ours->media[stream]),
                     theirs = formats_of(said.theirs->media[stream]);
  return {
      numbered_alike(ours.codecs, theirs.codecs),
      numbered_alike(ours.events, theirs.events) && numbered_alike(ours.comfort_noise, theirs.comfort_noise)};
}

void forget_unlike(MediaTerms& terms, const Numbering& a, const Numbering& b) {
  if (!a.codecs || !b.codecs) terms.formats.clear();
  if (a.codecs && b.codecs && a.extras && b.extras) return;
  terms.events.reset();
  terms.comfort_noise.reset();
}

}  // namespace

void set_ptimes(MediaTerms& terms, unsigned ptime) {
  for (auto& format : terms.formats) {
    const bool coarse = format.codec == domain::AudioCodec::Opus || format.codec == domain::AudioCodec::Amr;
    const unsigned step = coarse ? 20u : 10u;
    const unsigned rounded = std::clamp((ptime + step - 1) / step * step, step, 120u);
    format.ptime_ms = static_cast<std::uint16_t>(rounded);
  }
}

MediaTerms terms_of(const Said& said, std::size_t stream) {
  MediaTerms terms;
  terms.dtmf = said.policy->dtmf;
  terms.fax = said.policy->fax;
  terms.fixed_ptime = said.policy->ptime != 0;
  const sdp::Media& theirs = said.theirs->media[stream];
  if (stream >= said.ours->media.size()) return terms;
  const sdp::Media& ours = said.ours->media[stream];
  if (sdp::is_t38(theirs)) terms.t38 = fax_of(sdp::t38_of(theirs));
  if (!ours.is_rtp() || !theirs.is_rtp()) return terms;
  agree_security(terms, *said.ours, ours, *said.theirs, theirs);
  if (!is_audio(ours) || !is_audio(theirs)) return terms;
  const AudioFormats mine = formats_of(ours), other = formats_of(theirs);
  agree_codecs(terms, mine, other, said.answered_by_us);
  const std::uint32_t clock = terms.formats.empty() ? 8000 : terms.formats.front().clock_rate;
  terms.events = agree_extra(mine.events, other.events, clock, &terms.events_clock);
  terms.comfort_noise = agree_extra(mine.comfort_noise, other.comfort_noise, clock, nullptr);
  return terms;
}

void settle_terms(MediaTerms& offerer, MediaTerms& answerer, const Said& offerer_said,
                  const Said& answerer_said, std::size_t stream) {
  std::stable_sort(answerer.formats.begin(), answerer.formats.end(),
                   [&](const MediaFormat& a, const MediaFormat& b) {
                     return rank_in(a, offerer.formats) < rank_in(b, offerer.formats);
                   });
  settle_ptimes(offerer, answerer, offerer_said, answerer_said, stream);
  if (has_wishes(*offerer_said.policy) || has_wishes(*answerer_said.policy)) return;
  if (stream >= offerer_said.ours->media.size() || stream >= answerer_said.ours->media.size()) return;
  const Numbering offered = numbering_of(offerer_said, stream),
                  answered = numbering_of(answerer_said, stream);
  forget_unlike(offerer, offered, answered);
  forget_unlike(answerer, offered, answered);
}

std::shared_ptr<const MediaTerms> TermsCache::of(MediaTerms&& terms) {
  if (is_secured(terms) || terms.ice) return std::make_shared<const MediaTerms>(std::move(terms));
  for (const auto& known : known_)
    if (known && *known == terms) return known;
  auto& slot = known_[next_++ % known_.size()];
  slot = std::make_shared<const MediaTerms>(std::move(terms));
  return slot;
}

}  // namespace warp::calls

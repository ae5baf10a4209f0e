// An offer and an answer of strangers between two policies: of every audio line that goes on a codec is left.
// And a body of DTMF that was read is written to the same digit.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "warp/base/random.h"
#include "warp/sdp/session.h"

#include "check.h"
#include "dtmf_info.h"
#include "negotiation/codecs.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"

namespace {

using namespace warp;

void read_digit(std::string_view text) {
  const auto digit = calls::parse_dtmf_info(calls::kDtmfRelay, text);
  if (!digit) return;
  const auto again = calls::parse_dtmf_info(calls::kDtmfRelay, calls::write_dtmf_info(*digit));
  FUZZ_CHECK(again && again->digit == digit->digit && again->duration == digit->duration);
}

void negotiate(sdp::Session offer, sdp::Session answer) {
  domain::MediaPolicy from, to;
  from.security = domain::MediaSecurity::Optional;
  from.ice = true;
  to.codecs = {"opus", "PCMU", "AMR", "G729"};
  to.transcode = true;
  to.security = domain::MediaSecurity::Required;
  SeededIdSource ids(1);
  const domain::MediaFingerprint certificate{"sha-256", std::vector<std::byte>(32)};
  const calls::Attire attire{to, certificate, nullptr, {}, ids};
  calls::screen_security(offer, from, certificate);
  sdp::Session carried = offer;
  for (auto& line : carried.media) {
    if (!calls::offer_codecs(line, from, to)) continue;
    calls::dress_offer(carried, line, attire);
    if (!calls::is_audio(line)) continue;
    // Something is left of every line that goes out.
    FUZZ_CHECK(!calls::formats_of(line).codecs.empty());
  }
  for (std::size_t i = 0; i < std::min(answer.media.size(), offer.media.size()); ++i) {
    if (!calls::answer_codecs(answer.media[i], offer.media[i], to, from)) continue;
    calls::dress_answer(answer, answer.media[i], offer, offer.media[i], attire);
    domain::MediaTerms terms;
    calls::agree_security(terms, carried, carried.media[i], answer, answer.media[i]);
  }
  std::string text;
  sdp::write(carried, text);
  sdp::write(answer, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  read_digit(text);
  const auto middle = std::min(text.find("\n\n"), text.size());
  auto offer = sdp::parse(text.substr(0, middle));
  auto answer = sdp::parse(text.substr(std::min(middle + 2, text.size())));
  if (offer && answer) negotiate(std::move(*offer), std::move(*answer));
  return 0;
}

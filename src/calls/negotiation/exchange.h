// Exchange: an offer carried from one side to the other, and its answer back, by the policies of both; the
// media session told what came of it. Every description that passes through this engine passes here, unless
// media are bypassed.
//
// The offer that a side was sent stays in its leg (Leg::offered) until its answer was carried: keys, payload
// types and candidates in it are ours.
#pragma once

#include <array>
#include <string>

#include "warp/domain/reason.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// Turns off the lines of a description that the policy of its sender does not allow. NormalClearing:
// something that can be relayed is left. MediaUnsupported, MediaNotEncrypted.
domain::Reason admit(const Context& context, const Call& call, Side from, sdp::Session& description);

// The body for who is told; empty: nothing of the offer is left, or it cannot be written. `offer` was
// admitted. `told` is the leg opposite to `from`, or (attended transfer) one that is to take its place.
std::string carry_offer(Context& context, Call& call, Side from, const sdp::Session& offer, Leg& told);

// The same for an offer of T.38, as G.711, whatever the policy of who is told says.
std::string carry_fax_as_audio(Context& context, Call& call, Side from, const sdp::Session& offer, Leg& told);

struct CarriedAnswer {
  std::string body;                   // for the offerer; empty: the answer cannot be used
  std::array<std::string, 2> codecs;  // "PCMU/8000", "T.38", by Side
};
// And tells the media session about both sides.
CarriedAnswer carry_answer(Context& context, Call& call, Side offerer, const sdp::Session& offer,
                           sdp::Session answer);

// Both sides answered an offer of ours (attended transfer): only the media session is told. False: one of the
// answers cannot be used.
bool connect_answers(Context& context, Call& call, const std::array<const sdp::Session*, 2>& answers);

// We answer by ourselves, for what is played before anybody else speaks: the body for the offerer, whom the
// media session knows from then on. Empty: we can code nothing that it offers.
std::string answer_ourselves(Context& context, Call& call, Side offerer, const sdp::Session& offer);

// What the peer calls stream `index`; empty: nothing.
std::string_view mid_of(const Leg& leg, std::size_t index);

// The offers of the set-up are answered.
void forget_offers(Call& call);

}  // namespace warp::calls

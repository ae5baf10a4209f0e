// Media set-up: the offer, early answer and answer of a call that is being made, through the media session or
// (bypass) as they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "call.h"
#include "context.h"
#include "setup/forks.h"

namespace warp::calls {

// The description for the attempt's INVITE into `body`; empty for a delayed offer. NormalClearing,
// MediaPortsExhausted, MediaUnsupported or MediaNotEncrypted.
domain::Reason describe_offer(Context& context, Call& call, std::string& body);

// The description that goes to the caller with an 18x; empty when there is none that it could use. A far end
// (or fork) other than the one that it heard before gets a new local tag: another early dialog (RFC 3261
// §13.2.2.4).
std::string describe_early(Context& context, Call& call, const sip::Message& response, const Heard& heard);

// The description for the caller's 200 out of a far 2xx; empty when all is agreed already. Nullopt: there is
// none, or it cannot be used.
std::optional<std::string> describe_answer(Context& context, Call& call, const sip::Message& response);

// Delayed offer: the caller's answer, from its ACK (or PRACK), for the ACK (PRACK) to the far end. Empty:
// none, or unusable.
std::string describe_late_answer(Context& context, Call& call, const sip::Message& ack);

// The media network of a peer that is spoken to by this flow.
std::uint8_t network_of(const Context& context, const sip::Flow& flow);

// Opens media for what the caller hears of ours alone; false when there is none to be had.
bool open_towards_caller(Context& context, Call& call, const sdp::Session& offer);

// The session that an earlier process had; false when it is not to be had.
bool reopen_media(Context& context, Call& call, domain::MediaMemory memory);
// The peer's answer to a description of ours that it knew already: address, formats and keys may be new all
// the same. One that cannot be used changes nothing.
void follow_answer(Context& context, Call& call, Side side, std::string_view ours,
                   const sip::Message& response);

}  // namespace warp::calls

// Mediation: what one side's session description becomes on its way to the other, and what it tells the media
// session.
//
// The description that goes out is ours: our origin, our addresses and ports, and of the attributes only
// those that describe codecs and direction (allow-list); ICE, DTLS and SDES lines, names and tools stay
// behind: those of ours come after (negotiation/). m-line i is stream i of the media session; an m-line that
// the relay cannot carry (no profile of RTP that is known, nor T.38 over UDPTL, or beyond kMaxStreams) goes
// out with port 0.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "warp/domain/media_port.h"
#include "warp/sdp/session.h"

#include "call.h"
#include "clock_rates.h"

namespace warp::calls {

// Is there a description in the message? Empty body: none. Multipart and others are not understood.
enum class BodyKind : std::uint8_t { None, Sdp, Unsupported };
BodyKind body_kind(const sip::Message& message);

// Streams to open for a description: one for each m-line, at most kMaxStreams, at least one.
std::uint8_t streams_for(const sdp::Session& description);
// Can the relay carry any of it?
bool relayable(const sdp::Session& description);
// The family of the first connection address; `fallback` when there is none.
bool uses_v6(const sdp::Session& description, bool fallback);

// Where the sender of `description` wants stream `index`; port 0 when it does not.
domain::MediaStreamRemote remote_of(const sdp::Session& description, std::size_t index);

// What it says of a line; the old way to hold (c=0.0.0.0) said the new way, since our address takes the place
// of the zeros.
sdp::Direction direction_of(const sdp::Session& description, const sdp::Media& media);

// Rewrites `description` (of `from`) into what the other side shall see, in place.
void rewrite(sdp::Session& description, const domain::MediaSession& media, std::size_t streams, Side from,
             SdpOrigin& origin);

// What is agreed about one stream beyond its address, by Side.
struct StreamAgreement {
  std::array<bool, 2> mux{};
  std::array<std::shared_ptr<const domain::MediaTerms>, 2> terms;
};
// Tells the media session about both sides of stream `index`, by their last descriptions.
void connect_stream(domain::MediaSession& media, std::size_t index,
                    const std::array<const sdp::Session*, 2>& theirs, const StreamAgreement& agreed,
                    ClockRateCache& rates);
struct SideAgreement {
  bool mux = false;
  std::shared_ptr<const domain::MediaTerms> terms;
};
// About one side, as long as the other has not spoken.
void connect_alone(domain::MediaSession& media, std::size_t index, Side side, const sdp::Session& theirs,
                   const SideAgreement& agreed, ClockRateCache& rates);
// Only the offerer is known: packets of the other side may already come (early media).
void connect_offerer(domain::MediaSession& media, std::size_t streams, Side offerer,
                     const sdp::Session& offer, ClockRateCache& rates);

// "PCMU/8000" of the answer's first stream: the codec that both use; "T.38" for fax.
std::string codec_of(const sdp::Session& answer);

// The record's codecs (by Side), and what the callee's changed from, after an answer within the call.
void note_codecs(Call& call, const std::array<std::string, 2>& codecs);

}  // namespace warp::calls

#include "warp/srtp/session.h"

#include <algorithm>
#include <array>
#include <optional>

#include "warp/base/bytes.h"

#include "suite.h"
#include "tracks.h"
#include "transform.h"

namespace warp::srtp {
namespace {

constexpr std::size_t kRtpHeader = 12, kRtcpHeader = 8, kRtcpTrailer = 4;
constexpr std::uint32_t kEncrypted = 0x80000000u;
constexpr std::size_t kLargest = 65535;
// What one key may protect (RFC 3711 §9.2): one above the last index of a stream.
constexpr std::uint64_t kMostPackets = std::uint64_t{1} << 48;
constexpr std::uint32_t kMostReports = std::uint32_t{1} << 31;

struct RtpFields {
  PacketPlace place;  // its index is the sequence alone yet
  std::size_t header = 0;
};

// Of an RTP packet that has a whole header, and `behind` octets after it.
std::optional<RtpFields> rtp_fields(std::span<const std::byte> packet, std::size_t behind) {
  if (packet.size() < kRtpHeader + behind || packet.size() > kLargest) return std::nullopt;
  ByteReader reader(packet.first(packet.size() - behind));
  const auto first = reader.u8();
  reader.skip(1);
  RtpFields fields;
  fields.place.index = reader.u16();
  reader.skip(4);
  fields.place.ssrc = reader.u32();
  reader.skip(4u * (first & 0x0f));
  if (first & 0x10) {
    reader.skip(2);
    reader.skip(4u * reader.u16());
  }
  if (first >> 6 != 2 || !reader.ok()) return std::nullopt;
  fields.header = reader.position();
  return fields;
}

std::optional<std::uint32_t> rtcp_ssrc(std::span<const std::byte> packet, std::size_t behind) {
  if (packet.size() < kRtcpHeader + behind || packet.size() > kLargest) return std::nullopt;
  ByteReader reader(packet);
  if (reader.u8() >> 6 != 2) return std::nullopt;
  reader.skip(3);
  return reader.u32();
}

std::array<std::byte, 4> word_of(std::uint32_t value) {
  std::array<std::byte, 4> word{};
  ByteWriter(word).u32(value);
  return word;
}

std::array<std::byte, 4> rollover_of(std::uint64_t index) {
  return word_of(static_cast<std::uint32_t>(index >> 16));
}

class KeyedSession final : public Session {
 public:
  KeyedSession(const SuiteTraits& traits, Direction direction, std::span<const std::byte> key)
      : traits_(traits),
        sends_(direction == Direction::Send),
        rtp_(Transform::make(traits, Kind::Rtp, direction, key)),
        rtcp_(Transform::make(traits, Kind::Rtcp, direction, key)) {}
  bool made() const { return rtp_ != nullptr && rtcp_ != nullptr; }

  Result<std::size_t, Error> protect(std::span<std::byte> buffer, std::size_t size) override;
  Result<std::size_t, Error> unprotect(std::span<std::byte> packet) override;
  Result<std::size_t, Error> protect_rtcp(std::span<std::byte> buffer, std::size_t size) override;
  Result<std::size_t, Error> unprotect_rtcp(std::span<std::byte> packet) override;

  std::vector<SsrcState> state() const override { return tracks_.state(); }
  void restore(std::span<const SsrcState> states) override;
  std::uint32_t changes() const override { return tracks_.changes(); }

 private:
  // Where an SRTCP packet without its tag and index ends, and where those two are.
  struct ReportEnd {
    std::span<std::byte> packet, tag, word;
  };
  ReportEnd split(std::span<std::byte> report) const;
  Track& keep(Track* track, std::uint32_t ssrc);

  const SuiteTraits& traits_;
  const bool sends_;
  std::unique_ptr<Transform> rtp_, rtcp_;
  Tracks tracks_;
};

// The index of the packet, if that one may pass.
Result<std::uint64_t, Error> index_of(const Track* track, const RtpFields& fields) {
  if (!track) return fields.place.index;
  const auto index = estimate(track->index, static_cast<std::uint16_t>(fields.place.index));
  if (index >= kMostPackets) return Error::Exhausted;
  if (!track->window.open(index)) return Error::Replayed;
  return index;
}

Track& KeyedSession::keep(Track* track, std::uint32_t ssrc) {
  if (track) return *track;
  if (!sends_ && tracks_.size() >= kMostReceived) tracks_.remove(tracks_.oldest().ssrc);
  return tracks_.add(ssrc);
}

Result<std::size_t, Error> KeyedSession::protect(std::span<std::byte> buffer, std::size_t size) {
  if (!sends_ || size > buffer.size()) return Error::Malformed;
  const auto packet = buffer.first(size);
  const auto fields = rtp_fields(packet, 0);
  if (!fields) return Error::Malformed;
  if (buffer.size() - size < traits_.tag) return Error::NoRoom;
  auto* track = tracks_.find(fields->place.ssrc);
  if (!track && tracks_.size() >= kMostSent) return Error::TooMany;
  const auto index = index_of(track, *fields);
  if (!index) return index.error();
  if (!rtp_->seal({fields->place.ssrc, *index}, packet, fields->header, rollover_of(*index),
                  buffer.subspan(size, traits_.tag)))
    return Error::OutOfMemory;
  tracks_.passed(keep(track, fields->place.ssrc), *index);
  return size + traits_.tag;
}

Result<std::size_t, Error> KeyedSession::unprotect(std::span<std::byte> datagram) {
  const auto fields = rtp_fields(datagram, traits_.tag);
  if (sends_ || !fields) return Error::Malformed;
  auto* track = tracks_.find(fields->place.ssrc);
  const auto index = index_of(track, *fields);
  if (!index) return index.error();
  const auto packet = datagram.first(datagram.size() - traits_.tag);
  if (!rtp_->open({fields->place.ssrc, *index}, packet, fields->header, rollover_of(*index),
                  datagram.last(traits_.tag)))
    return Error::BadTag;
  tracks_.passed(keep(track, fields->place.ssrc), *index);
  return packet.size();
}

KeyedSession::ReportEnd KeyedSession::split(std::span<std::byte> report) const {
  const auto packet = report.first(report.size() - traits_.rtcp_tag - kRtcpTrailer);
  const auto end = report.subspan(packet.size());
  if (traits_.aead) return {packet, end.first(traits_.rtcp_tag), end.subspan(traits_.rtcp_tag)};
  return {packet, end.subspan(kRtcpTrailer), end.first(kRtcpTrailer)};
}

Result<std::size_t, Error> KeyedSession::protect_rtcp(std::span<std::byte> buffer, std::size_t size) {
  if (!sends_ || size > buffer.size()) return Error::Malformed;
  const auto ssrc = rtcp_ssrc(buffer.first(size), 0);
  if (!ssrc) return Error::Malformed;
  const auto grown = size + traits_.rtcp_tag + kRtcpTrailer;
  if (buffer.size() < grown) return Error::NoRoom;
  auto* track = tracks_.find(*ssrc);
  if (!track && tracks_.size() >= kMostSent) return Error::TooMany;
  const auto index = track ? track->rtcp_next : Track().rtcp_next;
  if (index >= kMostReports) return Error::Exhausted;
  const auto parts = split(buffer.first(grown));
  ByteWriter(parts.word).u32(kEncrypted | index);
  if (!rtcp_->seal({*ssrc, index}, parts.packet, kRtcpHeader, parts.word, parts.tag))
    return Error::OutOfMemory;
  tracks_.passed_rtcp(keep(track, *ssrc), index);
  return grown;
}

Result<std::size_t, Error> KeyedSession::unprotect_rtcp(std::span<std::byte> datagram) {
  const auto ssrc = rtcp_ssrc(datagram, traits_.rtcp_tag + kRtcpTrailer);
  if (sends_ || !ssrc) return Error::Malformed;
  const auto parts = split(datagram);
  const auto word = ByteReader(parts.word).u32();
  if (!(word & kEncrypted)) return Error::Malformed;
  const auto index = word & ~kEncrypted;
  auto* track = tracks_.find(*ssrc);
  if (track && !track->rtcp_window.open(index)) return Error::Replayed;
  if (!rtcp_->open({*ssrc, index}, parts.packet, kRtcpHeader, parts.word, parts.tag)) return Error::BadTag;
  tracks_.passed_rtcp(keep(track, *ssrc), index);
  return parts.packet.size();
}

void KeyedSession::restore(std::span<const SsrcState> states) {
  for (const auto& state : states) {
    if (tracks_.size() >= (sends_ ? kMostSent : kMostReceived)) return;
    if (!tracks_.find(state.ssrc)) tracks_.restore(state, sends_ ? kRtcpMargin : 1);
  }
}

}  // namespace

Result<std::unique_ptr<Session>, Error> Session::make(Suite suite, std::span<const std::byte> key,
                                                      Direction direction) {
  const auto& suite_traits = traits(suite);
  if (key.size() != suite_traits.key_octets()) return Error::BadKey;
  auto session = std::make_unique<KeyedSession>(suite_traits, direction, key);
  if (!session->made()) return Error::OutOfMemory;
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace warp::srtp

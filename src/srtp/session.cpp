#include "warp/srtp/session.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>
#include <srtp2/srtp.h>

#include "warp/base/bytes.h"

#include "suite.h"
#include "tracks.h"

namespace warp::srtp {
namespace {

constexpr std::size_t kRtpHeader = 12, kRtcpHeader = 8, kRtcpTrailer = 4;
constexpr std::uint32_t kEncrypted = 0x80000000u;
constexpr std::size_t kLargest = 65535;

bool library_ready() {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  return ready;
}

Error error_of(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
      return Error::BadTag;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
      return Error::Replayed;
    case srtp_err_status_key_expired:
      return Error::Exhausted;
    case srtp_err_status_alloc_fail:
      return Error::OutOfMemory;
    default:
      return Error::Malformed;
  }
}

struct RtpIds {
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
};

// Of an RTP packet that has a whole header, and `behind` octets after it.
std::optional<RtpIds> rtp_ids(std::span<const std::byte> packet, std::size_t behind) {
  if (packet.size() < kRtpHeader + behind || packet.size() > kLargest) return std::nullopt;
  ByteReader reader(packet.first(packet.size() - behind));
  const auto first = reader.u8();
  reader.skip(1);
  RtpIds ids;
  ids.sequence = reader.u16();
  reader.skip(4);
  ids.ssrc = reader.u32();
  reader.skip(4u * (first & 0x0f));
  if (first & 0x10) {
    reader.skip(2);
    reader.skip(4u * reader.u16());
  }
  if (first >> 6 != 2 || !reader.ok()) return std::nullopt;
  return ids;
}

std::optional<std::uint32_t> rtcp_ssrc(std::span<const std::byte> packet, std::size_t behind) {
  if (packet.size() < kRtcpHeader + behind || packet.size() > kLargest) return std::nullopt;
  ByteReader reader(packet);
  if (reader.u8() >> 6 != 2) return std::nullopt;
  reader.skip(3);
  return reader.u32();
}

class LibrarySession final : public Session {
 public:
  LibrarySession(const SuiteTraits& traits, std::span<const std::byte> key, Direction direction)
      : traits_(traits), sends_(direction == Direction::Send) {
    std::copy(key.begin(), key.end(), key_.begin());
  }
  LibrarySession(const LibrarySession&) = delete;
  LibrarySession& operator=(const LibrarySession&) = delete;
  ~LibrarySession() override {
    if (library_) srtp_dealloc(library_);
    std::fill_n(static_cast<volatile std::byte*>(key_.data()), key_.size(), std::byte{0});
  }

  srtp_err_status_t open() {
    auto policy = make_policy();
    policy.ssrc.type = sends_ ? ssrc_any_outbound : ssrc_any_inbound;
    return srtp_create(&library_, &policy);
  }

  Result<std::size_t, Error> protect(std::span<std::byte> buffer, std::size_t size) override;
  Result<std::size_t, Error> unprotect(std::span<std::byte> packet) override;
  Result<std::size_t, Error> protect_rtcp(std::span<std::byte> buffer, std::size_t size) override;
  Result<std::size_t, Error> unprotect_rtcp(std::span<std::byte> packet) override;

  std::vector<SsrcState> state() const override { return tracks_.state(); }
  void restore(std::span<const SsrcState> states) override;
  std::uint32_t changes() const override { return tracks_.changes(); }

 private:
  srtp_policy_t make_policy() {
    srtp_policy_t policy{};
    traits_.rtp(&policy.rtp);
    traits_.rtcp(&policy.rtcp);
    policy.key = reinterpret_cast<unsigned char*>(key_.data());
    return policy;
  }
  // The index of the packet; the library is told the rollover counter that goes with it when it cannot know.
  Result<std::uint64_t, Error> place(const Track* track, const RtpIds& ids);
  Track& keep(Track* track, std::uint32_t ssrc);
  std::uint32_t rtcp_index_of(std::span<const std::byte> packet) const;
  srtp_err_status_t step_rtcp(Track& track);

  const SuiteTraits& traits_;
  const bool sends_;
  std::array<std::byte, 46> key_{};
  srtp_t library_ = nullptr;
  Tracks tracks_;
};

Result<std::uint64_t, Error> LibrarySession::place(const Track* track, const RtpIds& ids) {
  if (!track) return std::uint64_t{ids.sequence};
  const auto index = estimate(track->index, ids.sequence);
  if (index < track->floor) return Error::Replayed;
  if (track->pending) srtp_set_stream_roc(library_, track->ssrc, static_cast<std::uint32_t>(index >> 16));
  return index;
}

Track& LibrarySession::keep(Track* track, std::uint32_t ssrc) {
  if (track) return *track;
  if (!sends_ && tracks_.size() >= kMostReceived) {
    const auto old = tracks_.oldest().ssrc;
    srtp_remove_stream(library_, htonl(old));
    tracks_.remove(old);
  }
  return tracks_.add(ssrc);
}

Result<std::size_t, Error> LibrarySession::protect(std::span<std::byte> buffer, std::size_t size) {
  if (!sends_ || size > buffer.size()) return Error::Malformed;
  const auto ids = rtp_ids(buffer.first(size), 0);
  if (!ids) return Error::Malformed;
  if (buffer.size() - size < traits_.tag) return Error::NoRoom;
  auto* track = tracks_.find(ids->ssrc);
  if (!track && tracks_.size() >= kMostSent) return Error::TooMany;
  const auto index = place(track, *ids);
  if (!index) return index.error();
  auto length = static_cast<int>(size);
  if (const auto status = srtp_protect(library_, buffer.data(), &length)) return error_of(status);
  tracks_.passed(keep(track, ids->ssrc), *index);
  return static_cast<std::size_t>(length);
}

Result<std::size_t, Error> LibrarySession::unprotect(std::span<std::byte> packet) {
  const auto ids = rtp_ids(packet, traits_.tag);
  if (sends_ || !ids) return Error::Malformed;
  auto* track = tracks_.find(ids->ssrc);
  const auto index = place(track, *ids);
  if (!index) return index.error();
  auto length = static_cast<int>(packet.size());
  if (const auto status = srtp_unprotect(library_, packet.data(), &length)) return error_of(status);
  tracks_.passed(keep(track, ids->ssrc), *index);
  return static_cast<std::size_t>(length);
}

std::uint32_t LibrarySession::rtcp_index_of(std::span<const std::byte> packet) const {
  const auto behind = traits_.aead ? 0 : traits_.rtcp_tag;
  return ByteReader(packet.subspan(packet.size() - behind - kRtcpTrailer)).u32();
}

srtp_err_status_t LibrarySession::step_rtcp(Track& track) {
  std::array<std::byte, kRtcpHeader + kOverhead> report{};
  ByteWriter writer(report);
  writer.u32(0x80c90001u);
  writer.u32(track.ssrc);
  int length = kRtcpHeader;
  const auto status = srtp_protect_rtcp(library_, report.data(), &length);
  if (status == srtp_err_status_ok)
    track.rtcp_stepped =
        rtcp_index_of(std::span(report).first(static_cast<std::size_t>(length))) & ~kEncrypted;
  return status;
}

Result<std::size_t, Error> LibrarySession::protect_rtcp(std::span<std::byte> buffer, std::size_t size) {
  if (!sends_ || size > buffer.size()) return Error::Malformed;
  const auto ssrc = rtcp_ssrc(buffer.first(size), 0);
  if (!ssrc) return Error::Malformed;
  if (buffer.size() - size < traits_.rtcp_tag + kRtcpTrailer) return Error::NoRoom;
  auto* track = tracks_.find(*ssrc);
  if (!track && tracks_.size() >= kMostSent) return Error::TooMany;
  for (std::uint32_t step = 0; track && track->rtcp_stepped < track->rtcp_floor; ++step) {
    if (step == kRtcpSteps) return Error::Behind;
    if (const auto status = step_rtcp(*track)) return error_of(status);
  }
  auto length = static_cast<int>(size);
  if (const auto status = srtp_protect_rtcp(library_, buffer.data(), &length)) return error_of(status);
  const auto index = rtcp_index_of(buffer.first(static_cast<std::size_t>(length))) & ~kEncrypted;
  tracks_.passed_rtcp(keep(track, *ssrc), index);
  return static_cast<std::size_t>(length);
}

Result<std::size_t, Error> LibrarySession::unprotect_rtcp(std::span<std::byte> packet) {
  const auto ssrc = rtcp_ssrc(packet, traits_.rtcp_tag + kRtcpTrailer);
  if (sends_ || !ssrc) return Error::Malformed;
  const auto word = rtcp_index_of(packet);
  if (!(word & kEncrypted)) return Error::Malformed;
  const auto index = word & ~kEncrypted;
  auto* track = tracks_.find(*ssrc);
  if (track && index < track->rtcp_floor) return Error::Replayed;
  auto length = static_cast<int>(packet.size());
  if (const auto status = srtp_unprotect_rtcp(library_, packet.data(), &length)) return error_of(status);
  tracks_.passed_rtcp(keep(track, *ssrc), index);
  return static_cast<std::size_t>(length);
}

void LibrarySession::restore(std::span<const SsrcState> states) {
  for (const auto& state : states) {
    if (tracks_.size() >= (sends_ ? kMostSent : kMostReceived)) return;
    if (tracks_.find(state.ssrc)) continue;
    auto policy = make_policy();
    policy.ssrc = {ssrc_specific, state.ssrc};
    if (srtp_add_stream(library_, &policy) != srtp_err_status_ok) continue;
    tracks_.restore(state, sends_ ? kRtcpMargin : 1);
  }
}

}  // namespace

Result<std::unique_ptr<Session>, Error> Session::make(Suite suite, std::span<const std::byte> key,
                                                      Direction direction) {
  const auto& suite_traits = traits(suite);
  if (key.size() != suite_traits.key_octets) return Error::BadKey;
  if (!library_ready()) return Error::OutOfMemory;
  auto session = std::make_unique<LibrarySession>(suite_traits, key, direction);
  if (const auto status = session->open()) return error_of(status);
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace warp::srtp

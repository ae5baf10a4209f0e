// Copier: a tap that sends what both sides say on to a recorder as it comes (RFC 7866 §8), out of the ports
// of a media session of its own: side A's port carries the caller, side B's the callee.
//
// A side stays one RTP stream whatever comes from it: SSRC, sequence and timestamp are the copier's, gaps
// stay gaps, what is masked leaves none. Sending never waits: what the kernel does not take is lost and
// counted. RTCP is sent when report() is called, every few seconds.
//
// Any thread. The mutex is held for one packet's rewriting and sendto(); the media worker meets another
// holder on a change or a report alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "warp/base/clock.h"
#include "warp/domain/media_port.h"
#include "warp/srtp/session.h"

namespace warp::recording {

// Where a side's copy goes, and as what.
struct CopyWay {
  static constexpr std::uint8_t kUnwanted = 0xff;  // the recorder does not take it
  static constexpr std::uint8_t kMasked = 0xfe;    // it must not have it
  static constexpr std::size_t kKeyOctets = 30;    // AES_CM_128_HMAC_SHA1_80: key and salt

  domain::SocketAddress rtp, rtcp;                            // port 0: nowhere
  std::array<std::uint8_t, 128> types{};                      // by the call's payload type: the recorder's
  std::array<std::uint32_t, 128> clocks{};                    // by the call's payload type; 0: unknown
  std::optional<std::array<std::byte, kKeyOctets>> key = {};  // none: in the clear
};

class Copier final : public domain::MediaTap {
 public:
  struct Start {
    std::array<std::uint32_t, 2> ssrcs{};
    std::array<std::uint16_t, 2> sequences{};  // of the first packets
    std::array<std::uint32_t, 2> timestamps{};
    std::string cname;
  };
  // `stream`: of the call that is copied.
  Copier(std::unique_ptr<domain::MediaSession> outlet, std::size_t stream, const Start& start);
  ~Copier() override;

  domain::SocketAddress local(domain::MediaSide side) const;  // RTP; RTCP is port + 1
  void lead(domain::MediaSide side, const CopyWay& way);
  // SR with SDES for each side that is led somewhere.
  void report(Monotonic now, WallTime wall);
  // RTCP BYE; nothing is sent any more, and the ports are given back.
  void close(Monotonic now, WallTime wall);

  struct Totals {
    std::uint64_t sent = 0, lost = 0, masked = 0;  // packets; lost: the kernel took them not
  };
  Totals totals() const;

  void packet(domain::MediaSide from, std::size_t stream, std::span<const std::byte> datagram,
              const domain::TapOrigin& origin, Monotonic at) noexcept override;
  void terms(domain::MediaSide of, std::size_t stream,
             const std::shared_ptr<const domain::MediaTerms>& terms) noexcept override;

 private:
  struct Lane;
  void tell(domain::MediaSide side, Monotonic now, WallTime wall, bool bye);  // with the mutex held

  const std::size_t stream_;
  const std::string cname_;
  mutable std::mutex mutex_;                      // guards what follows
  std::unique_ptr<domain::MediaSession> outlet_;  // null: closed
  std::array<std::unique_ptr<Lane>, 2> lanes_;    // by side
  Totals totals_;
};

}  // namespace warp::recording

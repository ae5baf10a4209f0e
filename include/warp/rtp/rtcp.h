// RTCP compound packets (RFC 3550 §6, A.2; reduced size: RFC 5506). Sans-I/O, no allocation.
//
//   auto compound = rtp::RtcpCompound::parse(bytes);
//   if (!compound) return compound.error();
//   while (auto packet = compound->next()) use(*packet);
//
// parse() walks the whole chain once, so that next() cannot fail. Packets of types that are not named here
// are yielded with their body and can be skipped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "warp/base/result.h"

namespace warp::rtp {

enum class RtcpError : std::uint8_t {
  TooShort,
  BadVersion,
  BadType,     // not in 192..223, the range that RFC 5761 keeps for RTCP
  BadLength,   // a packet longer than what is left, or shorter than its own counts need
  BadPadding,  // on a packet that is not the last one, or longer than the packet
};
std::string_view to_string(RtcpError error);

enum class RtcpType : std::uint8_t {
  SenderReport = 200,
  ReceiverReport = 201,
  SourceDescription = 202,
  Bye = 203,
  App = 204,
  TransportFeedback = 205,
  PayloadFeedback = 206,
  ExtendedReport = 207,
};

struct RtcpPacket {
  RtcpType type{};                  // may hold a value that the enum does not name
  std::uint8_t count = 0;           // RC, SC, subtype or FMT: the low five bits of the first octet
  std::span<const std::byte> body;  // behind the four-octet header, without padding
};

class RtcpCompound {
 public:
  static Result<RtcpCompound, RtcpError> parse(std::span<const std::byte> datagram);
  std::optional<RtcpPacket> next();

 private:
  explicit RtcpCompound(std::span<const std::byte> datagram) : rest_(datagram) {}
  std::span<const std::byte> rest_;
};

struct SenderInfo {
  std::uint64_t ntp = 0;  // 32.32 fixed point
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;

  // The middle 32 bits: what the receiver gives back as LSR.
  std::uint32_t ntp_middle() const { return static_cast<std::uint32_t>(ntp >> 16); }
};

struct ReportBlock {
  std::uint32_t ssrc = 0;          // whom it is about
  std::uint8_t fraction_lost = 0;  // of 256, since the last report
  std::int32_t cumulative_lost = 0;
  std::uint32_t highest_sequence = 0;
  std::uint32_t jitter = 0;  // in timestamp units
  std::uint32_t last_sr = 0;
  std::uint32_t delay_since_last_sr = 0;  // 1/65536 s
};

// SR or RR. `sender` is set for an SR; blocks are read one by one.
struct Report {
  std::uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;
  std::uint8_t block_count = 0;
  std::span<const std::byte> blocks;

  ReportBlock block(std::size_t index) const;  // index < block_count
};
Result<Report, RtcpError> parse_report(const RtcpPacket& packet);

struct Bye {
  std::uint8_t source_count = 0;
  std::span<const std::byte> sources;
  std::string_view reason;  // empty when none was given; bytes as they came

  std::uint32_t source(std::size_t index) const;  // index < source_count
};
Result<Bye, RtcpError> parse_bye(const RtcpPacket& packet);

struct App {
  std::uint32_t ssrc = 0;
  std::array<char, 4> name{};
  std::span<const std::byte> data;
};
Result<App, RtcpError> parse_app(const RtcpPacket& packet);

// The first CNAME of an SDES packet; nullopt when there is none.
struct Cname {
  std::uint32_t ssrc = 0;
  std::string_view text;
};
Result<std::optional<Cname>, RtcpError> parse_cname(const RtcpPacket& packet);

}  // namespace warp::rtp

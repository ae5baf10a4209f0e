// T38: what a fax stream's attributes say (ITU-T T.38 Annex D; m=image … udptl t38).
//
// Names are compared without case, since they are written in many ways ("T38MaxBitRate", "T38maxBitrate").
// What is absent or absurd has the value that it has here by default.
#pragma once

#include <cstdint>
#include <optional>

#include "warp/sdp/session.h"

namespace warp::sdp {

enum class T38Recovery : std::uint8_t { None, Redundancy, Fec };
std::string_view to_string(T38Recovery recovery);  // t38UDPNoEC, t38UDPRedundancy, t38UDPFEC

enum class T38RateManagement : std::uint8_t { TransferredTcf, LocalTcf };
std::string_view to_string(T38RateManagement management);

// By default what the gateway can do, and with that our offer.
struct T38 {
  std::uint8_t version = 0;
  std::uint32_t max_bit_rate = 14400;
  bool fill_bit_removal = false, transcoding_mmr = false, transcoding_jbig = false;
  T38RateManagement rate_management = T38RateManagement::TransferredTcf;
  std::optional<std::uint32_t> max_buffer;
  std::optional<std::uint16_t> max_datagram;  // octets of UDPTL that its writer takes; 1400 and less
  T38Recovery recovery = T38Recovery::Redundancy;
  friend bool operator==(const T38&, const T38&) = default;
};

bool is_t38(const Media& media);  // over UDPTL; port 0 does not count here
T38 t38_of(const Media& media);
// Replaces all T.38 attributes; the m= line's kind, proto and formats too. Keeps the rest.
void set_t38(Media& media, const T38& t38);

// What is answered to `offered` when the gateway terminates it: never more than was offered. Over UDPTL the
// TCF is transferred, whatever was offered (T.38 §8).
T38 t38_answer(const T38& offered);

inline constexpr std::uint16_t kT38MaxDatagram = 1400;  // that we take
inline constexpr std::uint8_t kT38NewestVersion = 3;

}  // namespace warp::sdp

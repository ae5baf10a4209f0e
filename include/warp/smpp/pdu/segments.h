// Long messages: cutting a text into parts, and the three ways in which a part says where it belongs (UDH
// with an 8- or 16-bit reference, SAR TLVs, or no parts at all: message_payload).
//
// A cut never separates an escape from its character, the halves of a surrogate pair or the octets of a UTF-8
// character. National language elements are in the header of every part and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/tlv.h"
#include "warp/smpp/pdu/udh.h"

namespace warp::smpp {

enum class SplitStyle : std::uint8_t { Udh8, Udh16, Sar, Payload };
std::string_view to_string(SplitStyle style);

inline constexpr std::size_t kMostParts = 255;

struct SplitSettings {
  SplitStyle style = SplitStyle::Udh8;
  std::uint16_t reference = 0;  // Udh8 takes its low octet
  std::size_t most_parts = kMostParts;
  bool packed = false;  // 7-bit text goes packed, eight characters in seven octets
  // User data of one part. 140 is GSM's; an SMSC that translates an 8-bit default alphabet to 7 bits takes
  // 160.
  std::size_t part_octets = 140;
};

// What goes into one submit_sm.
struct Segment {
  std::string user_data;      // header (when udhi) and text: short_message, or message_payload's value
  bool udhi = false;          // esm_class |= kEsmUdhi
  bool payload = false;       // user_data is for message_payload
  std::optional<Concat> sar;  // for the SAR TLVs
};

enum class SplitCode : std::uint8_t { TooManyParts, TooLong };
std::string_view to_string(SplitCode code);
struct SplitError {
  SplitCode code = SplitCode::TooManyParts;
  std::size_t needed = 0;  // parts, or octets
  std::size_t limit = 0;
};

// One Segment for a text that fits (an empty one too), without concatenation.
Result<std::vector<Segment>, SplitError> split(const EncodedText& text, const SplitSettings& settings = {});
// How many parts split() makes, uncapped: what is charged for. Payload counts as Udh8, since the SMSC will
// cut it.
std::size_t count_segments(const EncodedText& text, const SplitSettings& settings = {});

// One received part, whichever way it came. Views into the PDU.
struct Part {
  std::string_view text;         // behind the header, as it came
  unsigned fill_bits = 0;        // before its first septet, when it is packed 7-bit text
  Udh udh;                       // octets == 0: none
  std::optional<Concat> concat;  // of the UDH, or of the SAR TLVs
  bool payload = false;          // came in message_payload
};
// `short_message` of the PDU and its TLVs; message_payload counts when short_message is empty. An error means
// that UDHI is set and the header is broken.
Result<Part, UdhError> read_part(std::uint8_t esm_class, std::string_view short_message, const TlvList& tlvs);

// The part in another style: its text, its other UDH elements, and its place in the long message. The
// reference is the part's own. settings.packed: the text is packed 7-bit, so that its fill bits move with the
// header's length. Payload keeps no concatenation: join the parts first. TooLong: the user data no longer
// fits (a 16-bit reference needs an octet more than one of 8 bits).
Result<Segment, SplitError> convert_part(const Part& part, Alphabet alphabet, const SplitSettings& settings);

// sar_msg_ref_num, sar_total_segments, sar_segment_seqnum.
void put_sar(const Concat& concat, TlvWriter& tlvs);
std::optional<Concat> read_sar(const TlvList& tlvs);  // nullopt: missing or impossible

}  // namespace warp::smpp

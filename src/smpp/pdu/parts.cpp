#include <algorithm>

#include "warp/smpp/pdu/segments.h"

namespace warp::smpp {
namespace {

// The text of a part behind a header of another length.
void append_text(const Part& part, const SplitSettings& settings, Alphabet alphabet, std::size_t header,
                 std::string& out) {
  const auto fill_bits = fill_bits_after(header);
  if (!settings.packed || alphabet != Alphabet::Gsm7 || fill_bits == part.fill_bits) {
    out.append(part.text);
    return;
  }
  std::string septets;
  unpack_user_data(part.text, part.fill_bits, septets);
  pack_user_data(septets, fill_bits, out);
}

// What of the user data counts against the 140 octets of the air.
std::size_t air_octets(const Segment& segment, std::size_t header, Alphabet alphabet, bool packed) {
  if (alphabet != Alphabet::Gsm7 || packed) return segment.user_data.size();
  return header + ((segment.user_data.size() - header) * 7 + 7) / 8;
}

std::optional<Concat> place_for(const Part& part, SplitStyle style) {
  if (!part.concat || style == SplitStyle::Payload) return std::nullopt;
  auto place = *part.concat;
  place.wide = style != SplitStyle::Udh8;
  if (style == SplitStyle::Udh8) place.reference &= 0xFF;
  return place;
}

}  // namespace

Result<Part, UdhError> read_part(std::uint8_t esm_class, std::string_view short_message,
                                 const TlvList& tlvs) {
  Part part;
  part.text = short_message;
  if (short_message.empty()) {
    if (const auto payload = tlvs.find(Tag::MessagePayload)) {
      part.text = payload->value;
      part.payload = true;
    }
  }
  if ((esm_class & kEsmUdhi) != 0 && !part.text.empty()) {
    auto udh = parse_udh(part.text);
    if (!udh) return udh.error();
    part.udh = *udh;
    part.text.remove_prefix(part.udh.octets);
    part.fill_bits = fill_bits_after(part.udh.octets);
    part.concat = part.udh.concat;
  }
  if (!part.concat) part.concat = read_sar(tlvs);
  return part;
}

Result<Segment, SplitError> convert_part(const Part& part, Alphabet alphabet, const SplitSettings& settings) {
  const auto place = place_for(part, settings.style);
  UdhWriter header;
  if (place && settings.style != SplitStyle::Sar) header.concat(*place);
  header.others(part.udh);
  Segment segment;
  segment.udhi = !header.empty();
  header.append_to(segment.user_data);
  append_text(part, settings, alphabet, header.octets(), segment.user_data);
  if (settings.style == SplitStyle::Sar) segment.sar = place;
  segment.payload = settings.style == SplitStyle::Payload;
  const std::size_t limit = segment.payload ? 65535 : std::clamp<std::size_t>(settings.part_octets, 16, 254);
  const auto octets = segment.payload ? segment.user_data.size()
                                      : air_octets(segment, header.octets(), alphabet, settings.packed);
  if (!header.ok() || octets > limit) return SplitError{SplitCode::TooLong, octets, limit};
  return segment;
}

void put_sar(const Concat& concat, TlvWriter& tlvs) {
  tlvs.number(Tag::SarMsgRefNum, concat.reference)
      .number(Tag::SarTotalSegments, concat.total)
      .number(Tag::SarSegmentSeqnum, concat.sequence);
}

std::optional<Concat> read_sar(const TlvList& tlvs) {
  const auto reference = tlvs.number(Tag::SarMsgRefNum);
  const auto total = tlvs.number(Tag::SarTotalSegments);
  const auto sequence = tlvs.number(Tag::SarSegmentSeqnum);
  if (!reference || !total || !sequence || *reference > 0xFFFF || *total > 255 || *sequence > 255)
    return std::nullopt;
  const Concat concat{static_cast<std::uint16_t>(*reference), static_cast<std::uint8_t>(*total),
                      static_cast<std::uint8_t>(*sequence), true};
  return concat.valid() ? std::optional(concat) : std::nullopt;
}

}  // namespace warp::smpp

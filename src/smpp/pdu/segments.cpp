#include "warp/smpp/pdu/segments.h"

#include <algorithm>

#include "octets.h"

namespace warp::smpp {
namespace {

constexpr std::size_t kGsmOctets = 140;
constexpr std::size_t kMessageOctets = 254;
constexpr std::size_t kPayloadOctets = 65535;
constexpr std::size_t kConcatOctets = 5;

GsmShift shift_of(const EncodedText& text) {
  return text.alphabet == Alphabet::Gsm7 ? text.shift : GsmShift{};
}

// Octets that a user data of this alphabet may have; only 8-bit alphabets have more than GSM's 140.
std::size_t part_octets(Alphabet alphabet, const SplitSettings& settings) {
  const bool wide = alphabet != Alphabet::Gsm7 && alphabet != Alphabet::Ucs2;
  return std::clamp<std::size_t>(settings.part_octets, 16, wide ? kMessageOctets : kGsmOctets);
}

// Units of text behind a header of `header` octets.
std::size_t capacity(const EncodedText& text, const SplitSettings& settings, std::size_t header) {
  const auto octets = part_octets(text.alphabet, settings) - header;
  if (text.alphabet == Alphabet::Gsm7) return octets * 8 / 7;
  return text.alphabet == Alphabet::Ucs2 ? octets / 2 * 2 : octets;
}

std::size_t gsm7_boundary(std::string_view units, std::size_t from, std::size_t end) {
  std::size_t escapes = 0;
  while (end - escapes > from && octets::u8(units, end - escapes - 1) == kGsmEscape)
    ++escapes;
  return end - escapes % 2;
}

std::size_t utf16_boundary(std::string_view units, std::size_t end) {
  const auto unit = octets::u16(units, end - 2);
  const bool high = unit >= 0xD800 && unit <= 0xDBFF;
  const auto next = octets::u16(units, end);
  return high && next >= 0xDC00 && next <= 0xDFFF ? end - 2 : end;
}

std::size_t utf8_boundary(std::string_view units, std::size_t end) {
  for (std::size_t back = 0; back < 4; ++back)
    if ((octets::u8(units, end - back) & 0xC0) != 0x80) return end - back;
  return end;
}

// Where the part that begins at `from` ends.
std::size_t cut(const EncodedText& text, std::size_t from, std::size_t capacity) {
  if (text.units.size() - from <= capacity) return text.units.size();
  const auto end = from + capacity;
  switch (text.alphabet) {
    case Alphabet::Gsm7:
      return gsm7_boundary(text.units, from, end);
    case Alphabet::Ucs2:
      return utf16_boundary(text.units, end);
    case Alphabet::Utf8:
      return utf8_boundary(text.units, end);
    case Alphabet::Ascii:
    case Alphabet::Latin1:
    case Alphabet::Cyrillic:
    case Alphabet::Hebrew:
    case Alphabet::Binary:
      return end;
  }
  return end;
}

std::size_t header_octets(GsmShift shift, std::size_t concat) {
  UdhWriter writer;
  const auto octets = writer.shift(shift).octets();
  return octets + concat + (octets == 0 && concat > 0 ? 1 : 0);
}

// With SAR TLVs and message_payload the SMSC writes the header, with a reference of 8 bits in all likelihood.
std::size_t concat_octets(SplitStyle style) {
  return style == SplitStyle::Udh16 ? kConcatOctets + 1 : kConcatOctets;
}

bool fits_one(const EncodedText& text, const SplitSettings& settings) {
  return text.units.size() <= capacity(text, settings, header_octets(shift_of(text), 0));
}

std::size_t part_capacity(const EncodedText& text, const SplitSettings& settings) {
  return capacity(text, settings, header_octets(shift_of(text), concat_octets(settings.style)));
}

Segment make_segment(const EncodedText& text, std::string_view units, const SplitSettings& settings,
                     const UdhWriter& header) {
  Segment segment;
  segment.udhi = !header.empty();
  segment.user_data.reserve(header.octets() + units.size());
  header.append_to(segment.user_data);
  if (settings.packed && text.alphabet == Alphabet::Gsm7) {
    pack_user_data(units, fill_bits_after(header.octets()), segment.user_data);
  } else {
    segment.user_data.append(units);
  }
  return segment;
}

Segment make_whole(const EncodedText& text, const SplitSettings& settings) {
  UdhWriter header;
  header.shift(shift_of(text));
  return make_segment(text, text.units, settings, header);
}

Segment make_part(const EncodedText& text, std::string_view units, const SplitSettings& settings,
                  Concat place) {
  UdhWriter header;
  if (settings.style != SplitStyle::Sar) header.concat(place);
  header.shift(shift_of(text));
  auto segment = make_segment(text, units, settings, header);
  if (settings.style == SplitStyle::Sar) segment.sar = place;
  return segment;
}

Result<std::vector<Segment>, SplitError> make_payload(const EncodedText& text,
                                                      const SplitSettings& settings) {
  std::vector<Segment> list{make_whole(text, settings)};
  list[0].payload = true;
  const auto octets = list[0].user_data.size();
  if (octets > kPayloadOctets) return SplitError{SplitCode::TooLong, octets, kPayloadOctets};
  return list;
}

std::uint16_t reference_for(SplitStyle style, std::uint16_t reference) {
  return style == SplitStyle::Udh8 ? static_cast<std::uint16_t>(reference & 0xFF) : reference;
}

}  // namespace

std::size_t count_segments(const EncodedText& text, const SplitSettings& settings) {
  if (fits_one(text, settings)) return 1;
  const auto most = part_capacity(text, settings);
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.units.size(); ++count)
    at = cut(text, at, most);
  return count;
}

Result<std::vector<Segment>, SplitError> split(const EncodedText& text, const SplitSettings& settings) {
  if (fits_one(text, settings)) return std::vector<Segment>{make_whole(text, settings)};
  if (settings.style == SplitStyle::Payload) return make_payload(text, settings);
  const auto total = count_segments(text, settings);
  const auto limit = std::min(settings.most_parts, kMostParts);
  if (total > limit) return SplitError{SplitCode::TooManyParts, total, limit};
  std::vector<Segment> list;
  list.reserve(total);
  const auto most = part_capacity(text, settings);
  Concat place{reference_for(settings.style, settings.reference), static_cast<std::uint8_t>(total), 1,
               settings.style != SplitStyle::Udh8};
  for (std::size_t at = 0; at < text.units.size(); ++place.sequence) {
    const auto end = cut(text, at, most);
    list.push_back(make_part(text, std::string_view(text.units).substr(at, end - at), settings, place));
    at = end;
  }
  return list;
}

std::string_view to_string(SplitStyle style) {
  switch (style) {
    case SplitStyle::Udh8:
      return "udh8";
    case SplitStyle::Udh16:
      return "udh16";
    case SplitStyle::Sar:
      return "sar";
    case SplitStyle::Payload:
      return "payload";
  }
  return {};
}

std::string_view to_string(SplitCode code) {
  switch (code) {
    case SplitCode::TooManyParts:
      return "too_many_parts";
    case SplitCode::TooLong:
      return "too_long";
  }
  return {};
}

}  // namespace warp::smpp

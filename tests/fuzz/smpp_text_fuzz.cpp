// Text to octets to segments and back: the parts of every style join to what was encoded, what was encoded
// decodes to the text, and the number of segments is the number charged. Octets of any kind decode to sound
// UTF-8.
#include <string>

#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/reassembler.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/unicode.h"

#include "check.h"

namespace {

using namespace warp;
using namespace warp::smpp;

constexpr std::size_t kChoices = 4;

EncodeSettings encode_settings(const std::uint8_t* choices) {
  EncodeSettings settings;
  settings.default_alphabet = static_cast<Alphabet>(choices[0] % 8);
  settings.latin1 = (choices[0] & 8) != 0;
  settings.substitute = (choices[0] & 16) != 0;
  if ((choices[0] & 32) != 0) settings.gsm7_data_coding = 0xF1;
  if ((choices[0] & 64) != 0) settings.message_class = choices[0] & 3;
  settings.languages = static_cast<std::uint16_t>(choices[1] << 6 | choices[1]);
  if (choices[3] > 0xF8) settings.force = static_cast<Alphabet>(choices[3] % 8);
  return settings;
}

SplitSettings split_settings(const std::uint8_t* choices) {
  SplitSettings settings;
  settings.style = static_cast<SplitStyle>(choices[2] % 4);
  settings.packed = (choices[2] & 4) != 0;
  settings.part_octets = choices[2] & 8 ? 160 : 140;
  settings.reference = static_cast<std::uint16_t>(choices[2] * 257u);
  return settings;
}

// A text's own carriage return on the last septet cannot be told from a filler.
bool same_units(std::string_view units, std::string_view expected, bool packed) {
  if (units == expected) return true;
  return packed && expected.find('\r') != expected.npos;
}

void check_segments(const EncodedText& text, const SplitSettings& settings) {
  const auto segments = split(text, settings);
  if (!segments) {
    FUZZ_CHECK(segments.error().needed > segments.error().limit);
    return;
  }
  if (settings.style != SplitStyle::Payload) FUZZ_CHECK(segments->size() == count_segments(text, settings));
  const bool packed = settings.packed && text.alphabet == Alphabet::Gsm7;
  Reassembler reassembler;
  std::string joined;
  // Backwards: the last part comes first.
  for (std::size_t i = segments->size(); i-- > 0;) {
    const auto& segment = (*segments)[i];
    FUZZ_CHECK(segment.payload || segment.user_data.size() <= 254);
    const auto part = read_part(segment.udhi ? kEsmUdhi : 0, segment.user_data, {});
    FUZZ_CHECK(part.has_value());
    std::string units;
    if (packed) {
      unpack_user_data(part->text, part->fill_bits, units);
    } else {
      units = part->text;
    }
    const auto concat = segment.sar ? segment.sar : part->concat;
    FUZZ_CHECK(concat.has_value() == (segments->size() > 1));
    if (!concat) {
      joined = units;
      break;
    }
    const auto added = reassembler.add({1, "a", "b"}, *concat, units, i, Monotonic());
    FUZZ_CHECK((added.outcome == Reassembler::Outcome::Complete) == (i == 0));
    if (added.set) joined = added.set->joined();
    // No part ends in half a character.
    const auto decoded = decode_text(units, text.alphabet, text.shift);
    FUZZ_CHECK(decoded.broken == 0);
  }
  FUZZ_CHECK(same_units(joined, text.units, packed));
}

void check_text(std::string_view utf8, const std::uint8_t* choices) {
  const auto settings = encode_settings(choices);
  const auto text = encode_text(utf8, settings);
  if (text.alphabet != Alphabet::Binary) {
    const auto decoded = decode_text(text.units, text.alphabet, text.shift);
    FUZZ_CHECK(decoded.broken == 0 && is_utf8(decoded.text));
    if (text.missing == 0 && text.substituted == 0)
      FUZZ_CHECK(decoded.text == decode_text(utf8, Alphabet::Utf8).text);
  }
  FUZZ_CHECK(settings.force || text.missing == 0);
  check_segments(text, split_settings(choices));
}

void check_octets(std::string_view octets, const std::uint8_t* choices) {
  const GsmShift shift{static_cast<GsmLanguage>(choices[1] % kGsmLanguages),
                       static_cast<GsmLanguage>(choices[1] / 16 % kGsmLanguages)};
  for (unsigned i = 0; i < 8; ++i)
    FUZZ_CHECK(is_utf8(decode_text(octets, static_cast<Alphabet>(i), shift).text));
  std::string septets, packed;
  unpack_user_data(octets, choices[2] % 7, septets);
  pack_user_data(septets, choices[2] % 7, packed);
  FUZZ_CHECK(packed.size() <= octets.size() + 1);
  if (const auto udh = parse_udh(octets)) {
    UdhWriter writer;
    writer.others(*udh);
    std::string again;
    writer.append_to(again);
    if (writer.ok() && !writer.empty()) FUZZ_CHECK(parse_udh(again).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const auto text = warp::fuzz::text_of(data + kChoices, size - kChoices);
  check_text(text, data);
  check_octets(text, data);
  return 0;
}

#include "warp/smpp/pdu/alphabet.h"

#include <array>

#include "warp/base/text.h"
#include "warp/smpp/pdu/unicode.h"

namespace warp::smpp {
namespace {

// The upper halves of ISO 8859-5 and 8859-8; 0 where they have no character.
constexpr char32_t cyrillic(std::uint8_t octet) {
  if (octet == 0xAD) return 0xAD;
  if (octet == 0xF0) return 0x2116;
  if (octet == 0xFD) return 0xA7;
  if (octet <= 0xA0) return octet;
  return 0x0401u + (octet - 0xA1u);
}

constexpr char32_t hebrew(std::uint8_t octet) {
  if (octet == 0xAA) return 0xD7;
  if (octet == 0xBA) return 0xF7;
  if (octet == 0xDF) return 0x2017;
  if (octet >= 0xE0 && octet <= 0xFA) return 0x05D0u + (octet - 0xE0u);
  if (octet == 0xFD || octet == 0xFE) return 0x200Eu + (octet - 0xFDu);
  return octet == 0xA1 || octet >= 0xBF ? 0 : octet;
}

char32_t character_of(std::uint8_t octet, Alphabet alphabet) {
  if (octet < 0x80) return octet;
  switch (alphabet) {
    case Alphabet::Latin1:
      return octet;
    case Alphabet::Cyrillic:
      return cyrillic(octet);
    case Alphabet::Hebrew:
      return hebrew(octet);
    case Alphabet::Ascii:
    case Alphabet::Gsm7:
    case Alphabet::Ucs2:
    case Alphabet::Utf8:
    case Alphabet::Binary:
      return 0;
  }
  return 0;
}

// 0..255, or -1.
int octet_of(char32_t character, Alphabet alphabet) {
  if (character < 0x80) return static_cast<int>(character);
  if (alphabet == Alphabet::Latin1) return character < 0x100 ? static_cast<int>(character) : -1;
  for (int octet = 0x80; octet < 0x100; ++octet)
    if (character_of(static_cast<std::uint8_t>(octet), alphabet) == character) return octet;
  return -1;
}

Decoded decode_octets(std::string_view octets, Alphabet alphabet) {
  Decoded decoded;
  decoded.text.reserve(octets.size());
  for (const char c : octets) {
    const auto octet = static_cast<std::uint8_t>(c);
    const auto character = character_of(octet, alphabet);
    const bool broken = character == 0 && octet != 0;
    decoded.broken += broken;
    put_utf8(decoded.text, broken ? kReplacement : character);
  }
  return decoded;
}

Decoded decode_units(std::string_view octets, CodePoint (*take)(std::string_view&)) {
  Decoded decoded;
  decoded.text.reserve(octets.size());
  while (!octets.empty()) {
    const auto [character, broken] = take(octets);
    decoded.broken += broken;
    put_utf8(decoded.text, character);
  }
  return decoded;
}

// Groups 00x1 (general, with class) and 1111 (class) of TS 23.038; 1100–1110 are message waiting indications.
DataCoding interpret_gsm(std::uint8_t value) {
  const auto message_class = static_cast<std::uint8_t>(value & 3u);
  switch (value >> 4) {
    case 0x1:
      if ((value & 0x0C) == 0x00) return {Alphabet::Gsm7, message_class};
      if ((value & 0x0C) == 0x08) return {Alphabet::Ucs2, message_class};
      return {Alphabet::Binary, message_class};
    case 0xC:
    case 0xD:
      return {Alphabet::Gsm7, {}};
    case 0xE:
      return {Alphabet::Ucs2, {}};
    case 0xF:
      return {value & 4 ? Alphabet::Binary : Alphabet::Gsm7, message_class};
    default:
      return {Alphabet::Binary, {}};
  }
}

constexpr std::array<std::pair<Alphabet, std::string_view>, 8> kAlphabetNames{
    {{Alphabet::Gsm7, "gsm7"},
     {Alphabet::Ascii, "ascii"},
     {Alphabet::Latin1, "latin1"},
     {Alphabet::Cyrillic, "cyrillic"},
     {Alphabet::Hebrew, "hebrew"},
     {Alphabet::Ucs2, "ucs2"},
     {Alphabet::Utf8, "utf8"},
     {Alphabet::Binary, "binary"}}};

constexpr char kFiller = '\r';

}  // namespace

std::string_view to_string(Alphabet alphabet) {
  return kAlphabetNames[static_cast<std::size_t>(alphabet)].second;
}

std::optional<Alphabet> parse_alphabet(std::string_view name) {
  for (const auto& [alphabet, known] : kAlphabetNames)
    if (iequals(known, name)) return alphabet;
  return std::nullopt;
}

DataCoding interpret(std::uint8_t data_coding, Alphabet default_alphabet) {
  switch (data_coding) {
    case 0:
      return {default_alphabet, {}};
    case 1:
      return {Alphabet::Ascii, {}};
    case 3:
      return {Alphabet::Latin1, {}};
    case 6:
      return {Alphabet::Cyrillic, {}};
    case 7:
      return {Alphabet::Hebrew, {}};
    case 8:
      return {Alphabet::Ucs2, {}};
    default:
      return interpret_gsm(data_coding);
  }
}

std::optional<std::uint8_t> data_coding_for(DataCoding coding, Alphabet default_alphabet) {
  const auto with_class = [&](unsigned plain, unsigned base) {
    return static_cast<std::uint8_t>(coding.message_class ? base | (*coding.message_class & 3u) : plain);
  };
  if (coding.alphabet == Alphabet::Gsm7) return with_class(0, 0xF0);
  if (coding.alphabet == Alphabet::Ucs2) return with_class(coding.alphabet == default_alphabet ? 0 : 8, 0x18);
  if (coding.alphabet == Alphabet::Binary) return with_class(4, 0xF4);
  if (coding.message_class) return std::nullopt;
  if (coding.alphabet == default_alphabet) return 0;
  switch (coding.alphabet) {
    case Alphabet::Ascii:
      return 1;
    case Alphabet::Latin1:
      return 3;
    case Alphabet::Cyrillic:
      return 6;
    case Alphabet::Hebrew:
      return 7;
    case Alphabet::Gsm7:
    case Alphabet::Ucs2:
    case Alphabet::Utf8:
    case Alphabet::Binary:
      return std::nullopt;
  }
  return std::nullopt;
}

Decoded decode_text(std::string_view octets, Alphabet alphabet, GsmShift shift) {
  switch (alphabet) {
    case Alphabet::Gsm7: {
      Decoded decoded;
      decoded.text.reserve(octets.size());
      decoded.broken = decode_gsm7(octets, shift, decoded.text);
      return decoded;
    }
    case Alphabet::Ucs2:
      return decode_units(octets, take_utf16);
    case Alphabet::Utf8:
      return decode_units(octets, take_utf8);
    case Alphabet::Ascii:
    case Alphabet::Latin1:
    case Alphabet::Cyrillic:
    case Alphabet::Hebrew:
      return decode_octets(octets, alphabet);
    case Alphabet::Binary:
      return {};
  }
  return {};
}

bool put_character(std::string& out, char32_t character, Alphabet alphabet, GsmShift shift) {
  if (alphabet == Alphabet::Gsm7) {
    const auto code = gsm_code(character, shift);
    if (code.septets == 0) return false;
    if (code.septets == 2) out.push_back(static_cast<char>(kGsmEscape));
    out.push_back(static_cast<char>(code.code));
    return true;
  }
  if (alphabet == Alphabet::Ucs2 || alphabet == Alphabet::Utf8) {
    alphabet == Alphabet::Ucs2 ? put_utf16(out, character) : put_utf8(out, character);
    return true;
  }
  const auto octet = octet_of(character, alphabet);
  if (octet < 0 || alphabet == Alphabet::Binary) return false;
  out.push_back(static_cast<char>(octet));
  return true;
}

void pack_user_data(std::string_view septets, unsigned fill_bits, std::string& out) {
  if ((fill_bits + 7 * septets.size()) % 8 != 1) return pack_gsm7(septets, fill_bits, out);
  std::string filled(septets);
  pack_gsm7(filled += kFiller, fill_bits, out);
}

void unpack_user_data(std::string_view octets, unsigned fill_bits, std::string& out) {
  const auto bits = octets.size() * 8;
  if (bits < fill_bits) return;
  const auto count = (bits - fill_bits) / 7;
  unpack_gsm7(octets, count, fill_bits, out);
  const bool ends_on_octet = (bits - fill_bits) % 7 == 0;
  if (ends_on_octet && count > 0 && out.back() == kFiller) out.pop_back();
}

}  // namespace warp::smpp

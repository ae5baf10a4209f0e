// The GSM 7-bit alphabets of 3GPP TS 23.038: the default table with its extension (§6.2.1), the national
// language locking and single shift tables (Annex A), and the packing of septets into octets (§6.1.2).
//
// Septets are held one an octet ("unpacked") unless a name says packed. A character of the extension or
// single shift table is two septets: 0x1B and its code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::smpp {

// The values are the National Language Identifiers of TS 23.038 §6.2.1.2.4.
enum class GsmLanguage : std::uint8_t {
  Default = 0,
  Turkish = 1,
  Spanish = 2,
  Portuguese = 3,
  Bengali = 4,
  Gujarati = 5,
  Hindi = 6,
  Kannada = 7,
  Malayalam = 8,
  Oriya = 9,
  Punjabi = 10,
  Tamil = 11,
  Telugu = 12,
  Urdu = 13,
};
inline constexpr std::size_t kGsmLanguages = 14;
std::string_view to_string(GsmLanguage language);                  // "turkish"
std::optional<GsmLanguage> gsm_language(std::uint8_t identifier);  // nullopt: reserved

// Which tables are in force. Spanish has no locking table of its own: the default one stands for it.
struct GsmShift {
  GsmLanguage locking = GsmLanguage::Default;
  GsmLanguage single = GsmLanguage::Default;
  friend bool operator==(const GsmShift&, const GsmShift&) = default;
};

inline constexpr std::uint8_t kGsmEscape = 0x1B;

// The septets of one character: 1 or 2, or 0 when the tables do not have it.
struct GsmCode {
  std::uint8_t septets = 0;
  std::uint8_t code = 0;  // the septet, or the one after the escape
};
GsmCode gsm_code(char32_t code_point, GsmShift shift = {});

// Appends as UTF-8. Octets above 0x7F become U+FFFD; their number is returned. A code that the single shift
// table does not have shows as the locking table's character, an escape at the end or before another one as a
// space (TS 23.038 §6.2.1.1).
std::size_t decode_gsm7(std::string_view septets, GsmShift shift, std::string& out);
// Appends septets; characters that the tables lack become '?' and are counted.
std::size_t encode_gsm7(std::string_view utf8, GsmShift shift, std::string& out);

// Appends the packed form, the first septet after `fill_bits` (0..6) zero bits.
void pack_gsm7(std::string_view septets, unsigned fill_bits, std::string& out);
// Appends `count` septets (or as many as there are) from `packed`, after `fill_bits`.
void unpack_gsm7(std::string_view packed, std::size_t count, unsigned fill_bits, std::string& out);

}  // namespace warp::smpp

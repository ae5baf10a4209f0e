// Alphabets of short messages and what data_coding says of them (SMPP 3.4 §5.2.19, 5.0 §4.7.7, 3GPP TS 23.038
// §4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/smpp/pdu/gsm7.h"

namespace warp::smpp {

enum class Alphabet : std::uint8_t {
  Gsm7,
  Ascii,     // IA5
  Latin1,    // ISO 8859-1
  Cyrillic,  // ISO 8859-5
  Hebrew,    // ISO 8859-8
  Ucs2,      // as UTF-16BE, surrogates included
  Utf8,      // of no standard, but some SMSCs' default
  Binary     // octets, not text; also what no table here reads (JIS, KS C 5601, compressed)
};
std::string_view to_string(Alphabet alphabet);  // "gsm7", "latin1"
std::optional<Alphabet> parse_alphabet(std::string_view name);

struct DataCoding {
  Alphabet alphabet = Alphabet::Gsm7;
  std::optional<std::uint8_t> message_class;  // 0: flash, shown and not kept
  friend bool operator==(const DataCoding&, const DataCoding&) = default;
};
// `default_alphabet`: what the peer means by 0 (a setting of the connector).
DataCoding interpret(std::uint8_t data_coding, Alphabet default_alphabet);
// The data_coding to send; nullopt when the alphabet cannot carry a class. Gsm7, and `default_alphabet`, are
// 0 without a class, 0xF0–0xF3 (Gsm7 only) with one; Ucs2 is 8 or 0x18–0x1B, Binary 4 or 0xF4–0xF7.
std::optional<std::uint8_t> data_coding_for(DataCoding coding, Alphabet default_alphabet);

struct Decoded {
  std::string text;        // UTF-8
  std::size_t broken = 0;  // places that became U+FFFD
};
// Binary gives no text. Gsm7 octets are unpacked septets; see unpack_user_data for packed ones.
Decoded decode_text(std::string_view octets, Alphabet alphabet, GsmShift shift = {});

// One character, appended; false when the alphabet does not have it (nothing is appended). Not for Binary.
bool put_character(std::string& out, char32_t character, Alphabet alphabet, GsmShift shift = {});

// Packed septets of a whole user data, `fill_bits` after a header. A carriage return fills seven spare bits,
// so that they are not read as '@' (TS 23.038 §6.1.2.3.1); reading drops it again, and with it a text's own
// one there.
void pack_user_data(std::string_view septets, unsigned fill_bits, std::string& out);
void unpack_user_data(std::string_view octets, unsigned fill_bits, std::string& out);
// Fill bits behind a user data header of `octets` (its length octet included).
constexpr unsigned fill_bits_after(std::size_t octets) {
  return static_cast<unsigned>((7 - octets * 8 % 7) % 7);
}

}  // namespace warp::smpp

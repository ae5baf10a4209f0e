// Text to the octets of a short message: the smallest encoding that a connector takes and that keeps every
// character, or keeps what the eye sees when substitution is allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/smpp/pdu/alphabet.h"
#include "warp/smpp/pdu/gsm7.h"

namespace warp::smpp {

constexpr std::uint16_t language_bit(GsmLanguage language) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(language));
}

struct EncodeSettings {
  Alphabet default_alphabet = Alphabet::Gsm7;  // what the connector means by data_coding 0
  bool latin1 = false;                         // data_coding 3 may be used
  std::uint16_t languages = 0;                 // language_bit()s whose tables may be used (with a UDH)
  bool substitute = false;  // “ ” ‘ ’ – … NBSP, fullwidth and their like may become plain
  std::optional<std::uint8_t> message_class;  // 0: flash
  // For GSM 7-bit text when data_coding 0 means something else, or where the connector wants 0xF1.
  std::optional<std::uint8_t> gsm7_data_coding;
  // Use this and no other; what it lacks becomes '?' and is counted in `missing`.
  std::optional<Alphabet> force;
};

struct EncodedText {
  Alphabet alphabet = Alphabet::Gsm7;
  GsmShift shift;
  std::uint8_t data_coding = 0;
  std::string units;            // Gsm7: one septet an octet; otherwise the octets
  std::size_t characters = 0;   // code points of the text
  std::size_t substituted = 0;  // characters replaced by their like
  std::size_t missing = 0;      // characters lost: only when forced
  std::size_t broken = 0;       // places of the input that were no UTF-8

  // Septets, or octets, or 16-bit units.
  std::size_t length() const { return alphabet == Alphabet::Ucs2 ? units.size() / 2 : units.size(); }
};

// The fewest segments win; then the fewest bits; then the more usual encoding. UCS-2 is the last resort.
EncodedText encode_text(std::string_view utf8, const EncodeSettings& settings = {});

// What stands for `character` when substitution is allowed: up to three characters of ASCII, none for what
// cannot be seen (zero-width space, byte order mark). nullopt: nothing does.
std::optional<std::string_view> substitute_for(char32_t character);

}  // namespace warp::smpp

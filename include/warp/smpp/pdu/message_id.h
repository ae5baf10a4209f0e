// Message ids as they come back: an SMSC may answer a submit_sm with "1A2B" and send the receipt for "6699",
// or in another case, or with zeros before it. normalise_id() gives both the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::smpp {

enum class IdForm : std::uint8_t {
  Text,         // compared as text
  Decimal,      // a decimal number
  Hexadecimal,  // a hexadecimal number, "0x" allowed
};
std::string_view to_string(IdForm form);  // "text"
std::optional<IdForm> parse_id_form(std::string_view name);

struct IdSettings {
  IdForm form = IdForm::Text;
  bool fold_case = true;     // of Text
  bool strip_zeros = false;  // of Text; numbers never have them
};

// A connector has settings for the ids in responses and settings for those in receipts. Blanks and NULs
// around an id go. A number of up to 64 digits becomes hexadecimal in lower case without leading zeros,
// whatever its form; an id that is no number of its form is dealt with as Text.
std::string normalise_id(std::string_view id, const IdSettings& settings = {});

}  // namespace warp::smpp

// The character tables of 3GPP TS 23.038, as code points; kNone where a table has no character.
#pragma once

#include <array>
#include <cstdint>

#include "warp/smpp/pdu/gsm7.h"

namespace warp::smpp::gsm7 {

inline constexpr char16_t kNone = 0;
using Table = std::array<char16_t, 128>;

const Table& locking_table(GsmLanguage language);
const Table& single_table(GsmLanguage language);

}  // namespace warp::smpp::gsm7

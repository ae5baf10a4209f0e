#include <algorithm>
#include <array>
#include <iterator>

#include "warp/smpp/pdu/encoding.h"

namespace warp::smpp {
namespace {

struct Substitute {
  char32_t character;
  std::string_view plain;
};

// Characters that look, or read, the same as plain ones. Sorted. Letters with accents are not here: taking an
// accent away changes the text.
constexpr Substitute kSubstitutes[] = {
    {0x0009, " "},  {0x0060, "'"},  {0x00A0, " "},   {0x00A6, "|"},   {0x00A8, "\""}, {0x00A9, "(C)"},
    {0x00AB, "\""}, {0x00AD, ""},   {0x00AE, "(R)"}, {0x00B4, "'"},   {0x00B7, "."},  {0x00B8, ","},
    {0x00BB, "\""}, {0x00D7, "x"},  {0x02B9, "'"},   {0x02BA, "\""},  {0x02BB, "'"},  {0x02BC, "'"},
    {0x02BD, "'"},  {0x02C6, "^"},  {0x02C8, "'"},   {0x02CA, "'"},   {0x02CB, "'"},  {0x02DC, "~"},
    {0x0391, "A"},  {0x0392, "B"},  {0x0395, "E"},   {0x0396, "Z"},   {0x0397, "H"},  {0x0399, "I"},
    {0x039A, "K"},  {0x039C, "M"},  {0x039D, "N"},   {0x039F, "O"},   {0x03A1, "P"},  {0x03A4, "T"},
    {0x03A5, "Y"},  {0x03A7, "X"},  {0x0405, "S"},   {0x0406, "I"},   {0x0408, "J"},  {0x2000, " "},
    {0x2001, " "},  {0x2002, " "},  {0x2003, " "},   {0x2004, " "},   {0x2005, " "},  {0x2006, " "},
    {0x2007, " "},  {0x2008, " "},  {0x2009, " "},   {0x200A, " "},   {0x200B, ""},   {0x200C, ""},
    {0x200D, ""},   {0x200E, ""},   {0x200F, ""},    {0x2010, "-"},   {0x2011, "-"},  {0x2012, "-"},
    {0x2013, "-"},  {0x2014, "-"},  {0x2015, "-"},   {0x2016, "||"},  {0x2017, "_"},  {0x2018, "'"},
    {0x2019, "'"},  {0x201A, "'"},  {0x201B, "'"},   {0x201C, "\""},  {0x201D, "\""}, {0x201E, "\""},
    {0x201F, "\""}, {0x2020, "+"},  {0x2022, "-"},   {0x2024, "."},   {0x2025, ".."}, {0x2026, "..."},
    {0x2028, "\n"}, {0x2029, "\n"}, {0x202F, " "},   {0x2032, "'"},   {0x2033, "\""}, {0x2034, "'''"},
    {0x2035, "'"},  {0x2036, "\""}, {0x2039, "<"},   {0x203A, ">"},   {0x203C, "!!"}, {0x2044, "/"},
    {0x2047, "??"}, {0x2048, "?!"}, {0x2049, "!?"},  {0x205F, " "},   {0x2060, ""},   {0x2103, "C"},
    {0x2116, "No"}, {0x2122, "TM"}, {0x2190, "<-"},  {0x2192, "->"},  {0x2212, "-"},  {0x2215, "/"},
    {0x2216, "\\"}, {0x2217, "*"},  {0x2219, "."},   {0x2223, "|"},   {0x2236, ":"},  {0x223C, "~"},
    {0x2264, "<="}, {0x2265, ">="}, {0x22C5, "."},   {0x2500, "-"},   {0x2502, "|"},  {0x25CF, "-"},
    {0x25E6, "-"},  {0x2758, "|"},  {0x275B, "'"},   {0x275C, "'"},   {0x275D, "\""}, {0x275E, "\""},
    {0x3000, " "},  {0x3001, ","},  {0x3002, "."},   {0x300C, "\""},  {0x300D, "\""}, {0xFB00, "ff"},
    {0xFB01, "fi"}, {0xFB02, "fl"}, {0xFB03, "ffi"}, {0xFB04, "ffl"}, {0xFE00, ""},   {0xFE0E, ""},
    {0xFE0F, ""},   {0xFE50, ","},  {0xFE52, "."},   {0xFE54, ";"},   {0xFE55, ":"},  {0xFE56, "?"},
    {0xFE57, "!"},  {0xFE58, "-"},  {0xFE63, "-"},   {0xFEFF, ""},    {0xFFE8, "|"},
};
static_assert(std::ranges::is_sorted(kSubstitutes, {}, &Substitute::character));

constexpr char32_t kFullwidthFirst = 0xFF01;  // '!'
constexpr char32_t kFullwidthLast = 0xFF5E;   // '~'

// '!' to '~', for views of one character.
constexpr auto kPrintable = [] {
  std::array<char, kFullwidthLast - kFullwidthFirst + 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<char>('!' + i);
  return all;
}();

}  // namespace

std::optional<std::string_view> substitute_for(char32_t character) {
  if (character >= kFullwidthFirst && character <= kFullwidthLast)
    return std::string_view(&kPrintable[character - kFullwidthFirst], 1);
  const auto* at = std::ranges::lower_bound(kSubstitutes, character, {}, &Substitute::character);
  if (at == std::end(kSubstitutes) || at->character != character) return std::nullopt;
  return at->plain;
}

}  // namespace warp::smpp

#include "gsm7_tables.h"

#include <initializer_list>
#include <iterator>
#include <string_view>

namespace warp::smpp::gsm7 {
namespace {

struct Change {
  std::uint8_t code;
  char16_t character;
};

constexpr Table with(Table table, std::initializer_list<Change> changes) {
  for (const auto& change : changes)
    table[change.code] = change.character;
  return table;
}

// §6.2.1. The escape at 0x1B is no character.
constexpr char16_t kDefaultCharacters[] =
    u"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ"
    u" !\"#¤%&'()*+,-./0123456789:;<=>?"
    u"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    u"¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(std::size(kDefaultCharacters) == 129);

constexpr Table make_default() {
  Table table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = kDefaultCharacters[i];
  return table;
}
constexpr Table kDefault = make_default();

// §6.2.1.1
constexpr Table kExtension = with({}, {{0x0A, u'\f'},
                                       {0x14, u'^'},
                                       {0x28, u'{'},
                                       {0x29, u'}'},
                                       {0x2F, u'\\'},
                                       {0x3C, u'['},
                                       {0x3D, u'~'},
                                       {0x3E, u']'},
                                       {0x40, u'|'},
                                       {0x65, u'€'}});

// A.3.1 and A.3.3
constexpr Table kTurkishLocking = with(kDefault, {{0x04, u'€'},
                                                  {0x07, u'ı'},
                                                  {0x0B, u'Ğ'},
                                                  {0x0C, u'ğ'},
                                                  {0x1C, u'Ş'},
                                                  {0x1D, u'ş'},
                                                  {0x40, u'İ'},
                                                  {0x60, u'ç'}});
constexpr Table kPortugueseLocking =
    with(kDefault, {{0x04, u'ê'}, {0x06, u'ú'}, {0x07, u'í'},  {0x08, u'ó'}, {0x09, u'ç'}, {0x0B, u'Ô'},
                    {0x0C, u'ô'}, {0x0E, u'Á'}, {0x0F, u'á'},  {0x12, u'ª'}, {0x13, u'Ç'}, {0x14, u'À'},
                    {0x15, u'∞'}, {0x16, u'^'}, {0x17, u'\\'}, {0x18, u'€'}, {0x19, u'Ó'}, {0x1A, u'|'},
                    {0x1C, u'Â'}, {0x1D, u'â'}, {0x1E, u'Ê'},  {0x24, u'º'}, {0x40, u'Í'}, {0x5B, u'Ã'},
                    {0x5C, u'Õ'}, {0x5D, u'Ú'}, {0x60, u'~'},  {0x7B, u'ã'}, {0x7C, u'õ'}, {0x7D, u'`'}});

// A.2.1, A.2.2 and A.2.3
constexpr Table kTurkishSingle =
    with(kExtension,
         {{0x47, u'Ğ'}, {0x49, u'İ'}, {0x53, u'Ş'}, {0x63, u'ç'}, {0x67, u'ğ'}, {0x69, u'ı'}, {0x73, u'ş'}});
constexpr Table kSpanishSingle = with(kExtension, {{0x09, u'ç'},
                                                   {0x41, u'Á'},
                                                   {0x49, u'Í'},
                                                   {0x4F, u'Ó'},
                                                   {0x55, u'Ú'},
                                                   {0x61, u'á'},
                                                   {0x69, u'í'},
                                                   {0x6F, u'ó'},
                                                   {0x75, u'ú'}});
constexpr Table kPortugueseSingle =
    with(kExtension,
         {{0x05, u'ê'}, {0x09, u'ç'}, {0x0B, u'Ô'}, {0x0C, u'ô'}, {0x0E, u'Á'}, {0x0F, u'á'}, {0x12, u'Φ'},
          {0x13, u'Γ'}, {0x15, u'Ω'}, {0x16, u'Π'}, {0x17, u'Ψ'}, {0x18, u'Σ'}, {0x19, u'Θ'}, {0x1F, u'Ê'},
          {0x41, u'À'}, {0x49, u'Í'}, {0x4F, u'Ó'}, {0x55, u'Ú'}, {0x5B, u'Ã'}, {0x5C, u'Õ'}, {0x61, u'Â'},
          {0x69, u'í'}, {0x6F, u'ó'}, {0x75, u'ú'}, {0x7B, u'ã'}, {0x7C, u'õ'}, {0x7F, u'â'}});

// The Indian tables share one order, that of the scripts' Unicode blocks; each lacks what its script lacks.
constexpr std::uint8_t kIndianOrder[] = {
    0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,                          // codes 00–09
    0x0C, 0x0D,                                                                          // 0B, 0C
    0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A,        // 0E–1A
    0x1B, 0x1C, 0x1D, 0x1E,                                                              // 1C–1F
    0x1F, 0x20, 0x21, 0x22, 0x23, 0x24,                                                  // 22–27
    0x25, 0x26, 0x27, 0x28,                                                              // 2A, 2B, 2D, 2F
    0x29, 0x2A, 0x2B,                                                                    // 3C–3E
    0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39,  // 40–4D
    0x3C, 0x3D, 0x3E, 0x3F, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4A, 0x4B, 0x4C, 0x4D};
// Where the script's own characters stand in an Indian or Urdu locking table; Latin ones fill the rest.
constexpr std::uint8_t kScriptCodes[] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x0C, 0x0E, 0x0F, 0x10, 0x11,
    0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1C, 0x1D, 0x1E, 0x1F, 0x22, 0x23, 0x24,
    0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
    0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55,
    0x56, 0x57, 0x58, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F};
constexpr std::size_t kTail = 6;  // code 60 and 7B–7F
static_assert(std::size(kScriptCodes) == std::size(kIndianOrder) + kTail);

// What every Indian and Urdu locking table has of Latin.
constexpr Table latin_frame() {
  Table table{};
  for (const char16_t kept : std::u16string_view(u"\n\r !,.0123456789:;?abcdefghijklmnopqrstuvwxyz"))
    table[kept] = kept;
  table[0x28] = u')';
  table[0x29] = u'(';
  return table;
}

// `missing` and `tail` are offsets in the script's block.
constexpr Table indian_locking(char16_t block, std::string_view missing, const std::uint8_t (&tail)[kTail]) {
  Table table = latin_frame();
  std::size_t slot = 0;
  for (const auto offset : kIndianOrder) {
    const auto code = kScriptCodes[slot++];
    if (missing.find(static_cast<char>(offset)) == missing.npos)
      table[code] = static_cast<char16_t>(block + offset);
  }
  for (const auto offset : tail)
    table[kScriptCodes[slot++]] = static_cast<char16_t>(block + offset);
  return table;
}

// A.3.4 to A.3.12
constexpr Table kBengaliLocking = indian_locking(
    0x0980, "\x0D\x0E\x11\x12\x29\x31\x33\x34\x35\x45\x46\x49\x4A", {0x4E, 0x57, 0x5C, 0x5D, 0x70, 0x71});
constexpr Table kGujaratiLocking =
    indian_locking(0x0A80, "\x0E\x12\x29\x31\x34\x46\x4A", {0x50, 0x60, 0x61, 0x62, 0x63, 0x71});
constexpr Table kHindiLocking = indian_locking(0x0900, "", {0x50, 0x72, 0x7B, 0x7C, 0x7E, 0x7F});
constexpr Table kKannadaLocking =
    indian_locking(0x0C80, "\x01\x0D\x11\x29\x34\x45\x49", {0x55, 0x56, 0x60, 0x61, 0x62, 0x63});
constexpr Table kMalayalamLocking =
    indian_locking(0x0D00, "\x01\x0D\x11\x29\x3C\x45\x49", {0x57, 0x60, 0x61, 0x62, 0x63, 0x79});
constexpr Table kOriyaLocking = indian_locking(0x0B00, "\x0D\x0E\x11\x12\x29\x31\x34\x45\x46\x49\x4A",
                                               {0x56, 0x57, 0x60, 0x61, 0x62, 0x63});
constexpr Table kPunjabiLocking =
    indian_locking(0x0A00, "\x0B\x0C\x0D\x0E\x11\x12\x29\x31\x34\x37\x3D\x43\x44\x45\x46\x49\x4A",
                   {0x51, 0x70, 0x71, 0x72, 0x73, 0x74});
constexpr Table kTamilLocking = indian_locking(
    0x0B80,
    "\x01\x0B\x0C\x0D\x11\x16\x17\x18\x1B\x1D\x20\x21\x22\x25\x26\x27\x2B\x2C\x2D\x3C\x3D\x43\x44\x45\x49",
    {0x50, 0x57, 0x70, 0x71, 0x72, 0x79});
constexpr Table kTeluguLocking =
    indian_locking(0x0C00, "\x0D\x11\x29\x34\x3C\x45\x49", {0x55, 0x56, 0x60, 0x61, 0x62, 0x63});

// A.3.13, offsets from U+0600.
constexpr std::uint8_t kUrduOrder[] = {
    0x27, 0x22, 0x28, 0x7B, 0x80, 0x7E, 0xA6, 0x2A, 0xC2, 0x7F, 0x79, 0x7D, 0x7A, 0x7C, 0x2B, 0x2C,
    0x81, 0x84, 0x83, 0x85, 0x86, 0x87, 0x2D, 0x2E, 0x2F, 0x8C, 0x88, 0x89, 0x8A, 0x8F, 0x8D, 0x30,
    0x31, 0x91, 0x93, 0x99, 0x32, 0x96, 0x98, 0x9A, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x41,
    0x42, 0xA9, 0xAA, 0xAB, 0xAF, 0xB3, 0xB1, 0x44, 0x45, 0x46, 0xBA, 0xBB, 0xBC, 0x48, 0xC4, 0xD5,
    0xC1, 0xBE, 0x21, 0xCC, 0xD0, 0xD2, 0x4D, 0x50, 0x4F, 0x57, 0x54, 0x55, 0x51, 0x53, 0x56, 0x70};
static_assert(std::size(kUrduOrder) == std::size(kScriptCodes));

constexpr Table make_urdu_locking() {
  Table table = latin_frame();
  for (std::size_t i = 0; i < std::size(kUrduOrder); ++i)
    table[kScriptCodes[i]] = static_cast<char16_t>(0x0600 + kUrduOrder[i]);
  return table;
}
constexpr Table kUrduLocking = make_urdu_locking();

// Where the script's own characters stand in an Indian or Urdu single shift table.
constexpr std::uint8_t kSingleCodes[] = {0x19, 0x1A, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24,
                                         0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x30, 0x31, 0x32,
                                         0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3F};

// A.2.4 to A.2.13: Latin capitals and signs, and the script's digits; u' ' for none.
constexpr Table shifted(std::u16string_view script) {
  Table table = kExtension;
  std::size_t code = 0;
  for (const char16_t sign : {u'@',  u'£', u'$', u'¥', u'¿', u'"', u'¤', u'%', u'&', u'\'', u'\f', u'*', u'+',
                              kNone, u'-', u'/', u'<', u'=', u'>', u'¡', u'^', u'¡', u'_',  u'#',  u'*'})
    table[code++] = sign;
  for (char16_t letter = u'A'; letter <= u'Z'; ++letter)
    table[letter] = letter;
  for (std::size_t i = 0; i < script.size(); ++i)
    if (script[i] != u' ') table[kSingleCodes[i]] = script[i];
  return table;
}
constexpr Table kBengaliSingle = shifted(
    u"\u09E6\u09E7\u09E8\u09E9\u09EA\u09EB\u09EC\u09ED\u09EE\u09EF\u09DF\u09E0\u09E1\u09E2"
    u"\u09E3\u09F2\u09F3\u09F4\u09F5\u09F6\u09F7\u09F8\u09F9\u09FA");
constexpr Table kGujaratiSingle =
    shifted(u"\u0964\u0965\u0AE6\u0AE7\u0AE8\u0AE9\u0AEA\u0AEB\u0AEC\u0AED\u0AEE\u0AEF");
constexpr Table kHindiSingle = shifted(
    u"\u0964\u0965\u0966\u0967\u0968\u0969\u096A\u096B\u096C\u096D\u096E\u096F\u0951\u0952"
    u"\u0953\u0954\u0958\u0959\u095A\u095B\u095C\u095D\u095E\u095F\u0960\u0961\u0962\u0963\u0970\u0971");
constexpr Table kKannadaSingle =
    shifted(u"\u0964\u0965\u0CE6\u0CE7\u0CE8\u0CE9\u0CEA\u0CEB\u0CEC\u0CED\u0CEE\u0CEF\u0CDE\u0CF1\u0CF2");
constexpr Table kMalayalamSingle = shifted(
    u"\u0964\u0965\u0D66\u0D67\u0D68\u0D69\u0D6A\u0D6B\u0D6C\u0D6D\u0D6E\u0D6F\u0D70\u0D71"
    u"\u0D72\u0D73\u0D74\u0D75\u0D7A\u0D7B\u0D7C\u0D7D\u0D7E\u0D7F");
constexpr Table kOriyaSingle = shifted(
    u"\u0964\u0965\u0B66\u0B67\u0B68\u0B69\u0B6A\u0B6B\u0B6C\u0B6D\u0B6E\u0B6F\u0B5C\u0B5D"
    u"\u0B5F\u0B70\u0B71");
constexpr Table kPunjabiSingle = shifted(
    u"\u0964\u0965\u0A66\u0A67\u0A68\u0A69\u0A6A\u0A6B\u0A6C\u0A6D\u0A6E\u0A6F\u0A59\u0A5A"
    u"\u0A5B\u0A5C\u0A5E\u0A75");
constexpr Table kTamilSingle = shifted(
    u"\u0964\u0965\u0BE6\u0BE7\u0BE8\u0BE9\u0BEA\u0BEB\u0BEC\u0BED\u0BEE\u0BEF\u0BF3\u0BF4"
    u"\u0BF5\u0BF6\u0BF7\u0BF8\u0BFA");
constexpr Table kTeluguSingle = shifted(
    u"  \u0C66\u0C67\u0C68\u0C69\u0C6A\u0C6B\u0C6C\u0C6D\u0C6E\u0C6F\u0C58\u0C59"
    u"\u0C78\u0C79\u0C7A\u0C7B\u0C7C\u0C7D\u0C7E\u0C7F");
constexpr Table kUrduSingle = shifted(
    u"\u0600\u0601\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7\u06F8\u06F9\u060C\u060D"
    u"\u060E\u060F\u0610\u0611\u0612\u0613\u0614\u061B\u061F\u0640\u0652\u0658\u066B\u066C\u0672\u0673"
    u"\u06CD\u06D4");

constexpr const Table* kLocking[kGsmLanguages] = {
    &kDefault,         &kTurkishLocking, &kDefault,        &kPortugueseLocking, &kBengaliLocking,
    &kGujaratiLocking, &kHindiLocking,   &kKannadaLocking, &kMalayalamLocking,  &kOriyaLocking,
    &kPunjabiLocking,  &kTamilLocking,   &kTeluguLocking,  &kUrduLocking};
constexpr const Table* kSingle[kGsmLanguages] = {
    &kExtension,      &kTurkishSingle, &kSpanishSingle, &kPortugueseSingle, &kBengaliSingle,
    &kGujaratiSingle, &kHindiSingle,   &kKannadaSingle, &kMalayalamSingle,  &kOriyaSingle,
    &kPunjabiSingle,  &kTamilSingle,   &kTeluguSingle,  &kUrduSingle};

}  // namespace

const Table& locking_table(GsmLanguage language) {
  return *kLocking[static_cast<std::size_t>(language)];
}

const Table& single_table(GsmLanguage language) {
  return *kSingle[static_cast<std::size_t>(language)];
}

}  // namespace warp::smpp::gsm7

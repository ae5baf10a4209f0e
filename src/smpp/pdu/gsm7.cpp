#include "warp/smpp/pdu/gsm7.h"

#include <algorithm>
#include <array>

#include "warp/smpp/pdu/unicode.h"

#include "gsm7_tables.h"

namespace warp::smpp {
namespace {

using gsm7::kNone;
using gsm7::Table;

// A table read backwards: ASCII by index, the rest by binary search. 0xFF: not there.
class Reverse {
 public:
  explicit Reverse(const Table& table) {
    ascii_.fill(kAbsent);
    for (std::size_t code = table.size(); code-- > 0;) {
      const auto character = table[code];
      if (character == kNone) continue;
      if (character < ascii_.size()) {
        ascii_[character] = static_cast<std::uint8_t>(code);
      } else {
        others_[count_++] = {character, static_cast<std::uint8_t>(code)};
      }
    }
    std::sort(others_.begin(), others_.begin() + static_cast<std::ptrdiff_t>(count_));
  }

  static constexpr std::uint8_t kAbsent = 0xFF;
  std::uint8_t find(char32_t character) const {
    if (character < ascii_.size()) return ascii_[character];
    const auto* last = others_.data() + count_;
    const auto* at =
        std::lower_bound(others_.data(), last, character,
                         [](const Entry& entry, char32_t wanted) { return entry.character < wanted; });
    return at != last && at->character == character ? at->code : kAbsent;
  }

 private:
  struct Entry {
    char16_t character;
    std::uint8_t code;
    auto operator<=>(const Entry&) const = default;
  };
  std::array<std::uint8_t, 128> ascii_;
  std::array<Entry, 128> others_{};
  std::size_t count_ = 0;
};

template <const Table& (*kTable)(GsmLanguage), std::size_t... I>
std::array<Reverse, kGsmLanguages> reversed(std::index_sequence<I...>) {
  return {Reverse(kTable(static_cast<GsmLanguage>(I)))...};
}

const Reverse& reverse_locking(GsmLanguage language) {
  static const auto kAll = reversed<gsm7::locking_table>(std::make_index_sequence<kGsmLanguages>());
  return kAll[static_cast<std::size_t>(language)];
}

const Reverse& reverse_single(GsmLanguage language) {
  static const auto kAll = reversed<gsm7::single_table>(std::make_index_sequence<kGsmLanguages>());
  return kAll[static_cast<std::size_t>(language)];
}

void put_code(std::string& out, GsmCode code) {
  if (code.septets == 2) out.push_back(static_cast<char>(kGsmEscape));
  out.push_back(static_cast<char>(code.code));
}

}  // namespace

GsmCode gsm_code(char32_t character, GsmShift shift) {
  if (character == U'\0') return {};
  const auto code = reverse_locking(shift.locking).find(character);
  if (code != Reverse::kAbsent) return {1, code};
  const auto shifted = reverse_single(shift.single).find(character);
  if (shifted != Reverse::kAbsent) return {2, shifted};
  return {};
}

std::size_t decode_gsm7(std::string_view septets, GsmShift shift, std::string& out) {
  const auto& locking = gsm7::locking_table(shift.locking);
  const auto& single = gsm7::single_table(shift.single);
  std::size_t broken = 0;
  const auto plain = [&](std::uint8_t code) {
    const bool readable = code < 128;
    if (!readable) ++broken;
    // A void place shows as a space, as an escape without a character does.
    put_utf8(out, !readable ? kReplacement : locking[code] == kNone ? U' ' : locking[code]);
  };
  for (std::size_t i = 0; i < septets.size(); ++i) {
    const auto code = static_cast<std::uint8_t>(septets[i]);
    if (code != kGsmEscape || i + 1 == septets.size()) {
      plain(code);
      continue;
    }
    const auto next = static_cast<std::uint8_t>(septets[++i]);
    if (next < 128 && single[next] != kNone) {
      put_utf8(out, single[next]);
    } else {
      plain(next);
    }
  }
  return broken;
}

std::size_t encode_gsm7(std::string_view utf8, GsmShift shift, std::string& out) {
  std::size_t missing = 0;
  while (!utf8.empty()) {
    auto code = gsm_code(take_utf8(utf8).value, shift);
    if (code.septets == 0) {
      code = gsm_code(U'?', shift);
      ++missing;
    }
    put_code(out, code);
  }
  return missing;
}

void pack_gsm7(std::string_view septets, unsigned fill_bits, std::string& out) {
  unsigned held = fill_bits;  // bits in `bits` that wait for the rest of their octet
  unsigned bits = 0;
  for (const char septet : septets) {
    bits |= (static_cast<unsigned>(septet) & 0x7Fu) << held;
    held += 7;
    if (held < 8) continue;
    out.push_back(static_cast<char>(bits));
    bits >>= 8;
    held -= 8;
  }
  if (held > 0 && !septets.empty()) out.push_back(static_cast<char>(bits));
}

void unpack_gsm7(std::string_view packed, std::size_t count, unsigned fill_bits, std::string& out) {
  unsigned bits = 0;
  unsigned held = 0;
  unsigned skip = fill_bits;
  for (const char octet : packed) {
    bits |= static_cast<unsigned>(static_cast<std::uint8_t>(octet)) << held;
    held += 8;
    if (skip > 0) {
      bits >>= skip;
      held -= skip;
      skip = 0;
    }
    for (; held >= 7 && count > 0; --count) {
      out.push_back(static_cast<char>(bits & 0x7F));
      bits >>= 7;
      held -= 7;
    }
    if (count == 0) return;
  }
}

std::optional<GsmLanguage> gsm_language(std::uint8_t identifier) {
  if (identifier >= kGsmLanguages) return std::nullopt;
  return static_cast<GsmLanguage>(identifier);
}

std::string_view to_string(GsmLanguage language) {
  switch (language) {
    case GsmLanguage::Default:
      return "default";
    case GsmLanguage::Turkish:
      return "turkish";
    case GsmLanguage::Spanish:
      return "spanish";
    case GsmLanguage::Portuguese:
      return "portuguese";
    case GsmLanguage::Bengali:
      return "bengali";
    case GsmLanguage::Gujarati:
      return "gujarati";
    case GsmLanguage::Hindi:
      return "hindi";
    case GsmLanguage::Kannada:
      return "kannada";
    case GsmLanguage::Malayalam:
      return "malayalam";
    case GsmLanguage::Oriya:
      return "oriya";
    case GsmLanguage::Punjabi:
      return "punjabi";
    case GsmLanguage::Tamil:
      return "tamil";
    case GsmLanguage::Telugu:
      return "telugu";
    case GsmLanguage::Urdu:
      return "urdu";
  }
  return {};
}

}  // namespace warp::smpp

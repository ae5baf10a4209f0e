#include "warp/smpp/pdu/encoding.h"

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/unicode.h"

namespace warp::smpp {
namespace {

struct Candidate {
  Alphabet alphabet;
  GsmShift shift;
  std::uint8_t data_coding;
};

struct Text {
  std::u32string characters;
  std::size_t broken = 0;
};

Text read_utf8(std::string_view utf8) {
  Text text;
  text.characters.reserve(utf8.size());
  while (!utf8.empty()) {
    const auto [character, broken] = take_utf8(utf8);
    text.characters.push_back(character);
    text.broken += broken;
  }
  return text;
}

// How a character that the alphabet lacks is dealt with.
enum class Lacking : std::uint8_t { GiveUp, Substitute, QuestionMark };

bool put_substitute(std::string& units, char32_t character, const Candidate& as) {
  const auto plain = substitute_for(character);
  if (!plain) return false;
  for (const char c : *plain)
    if (!put_character(units, static_cast<char32_t>(c), as.alphabet, as.shift)) return false;
  return true;
}

// nullopt: the alphabet lacks a character.
std::optional<EncodedText> attempt(const Text& text, const Candidate& as, Lacking lacking) {
  EncodedText encoded;
  encoded.alphabet = as.alphabet;
  encoded.shift = as.shift;
  encoded.data_coding = as.data_coding;
  encoded.characters = text.characters.size();
  encoded.broken = text.broken;
  encoded.units.reserve(text.characters.size());
  for (const auto character : text.characters) {
    if (put_character(encoded.units, character, as.alphabet, as.shift)) continue;
    if (lacking == Lacking::GiveUp) return std::nullopt;
    if (lacking == Lacking::QuestionMark) {
      ++encoded.missing;
      put_character(encoded.units, U'?', as.alphabet, as.shift);
    } else if (put_substitute(encoded.units, character, as)) {
      ++encoded.substituted;
    } else {
      return std::nullopt;
    }
  }
  return encoded;
}

std::optional<std::uint8_t> gsm7_coding(const EncodeSettings& settings) {
  if (settings.message_class)
    return data_coding_for({Alphabet::Gsm7, settings.message_class}, Alphabet::Gsm7);
  if (settings.gsm7_data_coding) return settings.gsm7_data_coding;
  if (settings.default_alphabet == Alphabet::Gsm7) return 0;
  return std::nullopt;
}

void add_languages(std::vector<Candidate>& list, std::uint16_t languages, std::uint8_t data_coding) {
  for (std::uint8_t id = 1; id < kGsmLanguages; ++id) {
    const auto language = static_cast<GsmLanguage>(id);
    if ((languages & language_bit(language)) == 0) continue;
    list.push_back({Alphabet::Gsm7, {GsmLanguage::Default, language}, data_coding});
    if (language == GsmLanguage::Spanish) continue;
    list.push_back({Alphabet::Gsm7, {language, GsmLanguage::Default}, data_coding});
    list.push_back({Alphabet::Gsm7, {language, language}, data_coding});
  }
}

void add(std::vector<Candidate>& list, Alphabet alphabet, const EncodeSettings& settings) {
  const auto coding = data_coding_for({alphabet, settings.message_class}, settings.default_alphabet);
  if (coding) list.push_back({alphabet, {}, *coding});
}

// The usual first: it wins a draw.
std::vector<Candidate> candidates(const EncodeSettings& settings) {
  std::vector<Candidate> list;
  const auto gsm7 = gsm7_coding(settings);
  if (gsm7) list.push_back({Alphabet::Gsm7, {}, *gsm7});
  const auto own = settings.default_alphabet;
  if (own != Alphabet::Gsm7 && own != Alphabet::Binary && own != Alphabet::Ucs2) add(list, own, settings);
  if (gsm7) add_languages(list, settings.languages, *gsm7);
  if (settings.latin1 && own != Alphabet::Latin1) add(list, Alphabet::Latin1, settings);
  add(list, Alphabet::Ucs2, settings);
  return list;
}

auto cost(const EncodedText& text) {
  const auto shifts =
      (text.shift.locking != GsmLanguage::Default) + (text.shift.single != GsmLanguage::Default);
  const auto header = static_cast<std::size_t>(shifts == 0 ? 0 : 8 + 24 * shifts);
  const auto unit = text.alphabet == Alphabet::Gsm7 ? 7u : 8u;
  return std::tuple(count_segments(text), header + text.units.size() * unit);
}

std::optional<EncodedText> cheapest(const Text& text, const std::vector<Candidate>& list, Lacking lacking) {
  std::optional<EncodedText> best;
  for (const auto& candidate : list) {
    auto encoded = attempt(text, candidate, lacking);
    if (!encoded) continue;
    // One septet a character: nothing is smaller.
    const bool ideal = candidate.alphabet == Alphabet::Gsm7 && candidate.shift == GsmShift{} &&
                       encoded->units.size() <= text.characters.size();
    if (!best || cost(*encoded) < cost(*best)) best = std::move(encoded);
    if (ideal) break;
  }
  return best;
}

EncodedText forced(const Text& text, const EncodeSettings& settings) {
  const auto alphabet = *settings.force;
  const auto coding = alphabet == Alphabet::Gsm7
                          ? gsm7_coding(settings)
                          : data_coding_for({alphabet, settings.message_class}, settings.default_alphabet);
  return *attempt(text, {alphabet, {}, coding.value_or(0)}, Lacking::QuestionMark);
}

}  // namespace

EncodedText encode_text(std::string_view utf8, const EncodeSettings& settings) {
  const auto text = read_utf8(utf8);
  if (settings.force) return forced(text, settings);
  const auto list = candidates(settings);
  // UCS-2 takes everything, and is always in the list.
  auto best = *cheapest(text, list, Lacking::GiveUp);
  if (best.alphabet != Alphabet::Ucs2 || !settings.substitute) return best;
  auto plain = cheapest(text, list, Lacking::Substitute);
  return plain && cost(*plain) < cost(best) ? std::move(*plain) : best;
}

}  // namespace warp::smpp

#include "keywords.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::messaging {
namespace {

struct Word {
  std::string_view text;  // folded
  Keyword keyword;
};
constexpr std::array kWords{
    Word{"stop", Keyword::Stop},        Word{"stopall", Keyword::Stop},    Word{"stop all", Keyword::Stop},
    Word{"unsubscribe", Keyword::Stop}, Word{"cancel", Keyword::Stop},     Word{"end", Keyword::Stop},
    Word{"quit", Keyword::Stop},        Word{"revoke", Keyword::Stop},     Word{"optout", Keyword::Stop},
    Word{"opt out", Keyword::Stop},     Word{"opt-out", Keyword::Stop},    Word{"alto", Keyword::Stop},
    Word{"parar", Keyword::Stop},       Word{"baja", Keyword::Stop},       Word{"cancelar", Keyword::Stop},
    Word{"arret", Keyword::Stop},       Word{"arreter", Keyword::Stop},    Word{"desabonner", Keyword::Stop},
    Word{"stopp", Keyword::Stop},       Word{"ende", Keyword::Stop},       Word{"abmelden", Keyword::Stop},
    Word{"pare", Keyword::Stop},        Word{"sair", Keyword::Stop},       Word{"basta", Keyword::Stop},
    Word{"cancella", Keyword::Stop},    Word{"stoppen", Keyword::Stop},    Word{"afmelden", Keyword::Stop},
    Word{"стоп", Keyword::Stop},        Word{"отписка", Keyword::Stop},    Word{"στοπ", Keyword::Stop},
    Word{"停止", Keyword::Stop},        Word{"退订", Keyword::Stop},       Word{"停止发送", Keyword::Stop},
    Word{"توقف", Keyword::Stop},        Word{"הסר", Keyword::Stop},        Word{"start", Keyword::Start},
    Word{"unstop", Keyword::Start},     Word{"subscribe", Keyword::Start}, Word{"optin", Keyword::Start},
    Word{"opt in", Keyword::Start},     Word{"opt-in", Keyword::Start},    Word{"alta", Keyword::Start},
    Word{"iniciar", Keyword::Start},    Word{"commencer", Keyword::Start}, Word{"старт", Keyword::Start},
    Word{"yes", Keyword::Yes},          Word{"help", Keyword::Help},       Word{"info", Keyword::Help},
    Word{"ayuda", Keyword::Help},       Word{"aide", Keyword::Help},       Word{"hilfe", Keyword::Help},
    Word{"ajuda", Keyword::Help},       Word{"aiuto", Keyword::Help},      Word{"помощь", Keyword::Help},
};
constexpr std::size_t kLongest = 200;  // octets of a text that may be a word

// One code point at `at`, which moves behind it; what is no UTF-8 is U+FFFD.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0) return 0xFFFD;
  char32_t value = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return 0xFFFD;
    value = value << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
  }
  return value;
}

void put(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

// U+00C0 … U+00FF without accents; 0: no letter of this kind.
char plain_latin(char32_t c) {
  constexpr std::string_view kPlain = "aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";
  return c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7 ? kPlain[c - 0xC0] : '\0';
}

char32_t folded(char32_t c) {
  if (c < 0x80) return static_cast<unsigned char>(ascii_lower(static_cast<char>(c)));
  if (const char plain = plain_latin(c)) return static_cast<unsigned char>(plain);
  if (c >= 0x391 && c <= 0x3A9) return c + 0x20;
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  if (c >= 0xFF21 && c <= 0xFF3A) return c - 0xFF21 + 'a';
  if (c >= 0xFF41 && c <= 0xFF5A) return c - 0xFF41 + 'a';
  return c;
}

bool is_blank(char32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0 || c == 0x3000 ||
         (c >= 0x2000 && c <= 0x200A);
}
// Seen by nobody: marks of direction, joiners, accents that stand alone, the byte order mark.
bool is_nothing(char32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x300 && c <= 0x36F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xAD;
}
bool is_around(char32_t c) {
  if (c < 0x80)
    return std::string_view(".,!?;:'\"()*-#<>[]").find(static_cast<char>(c)) != std::string_view::npos;
  return c == 0xA1 || c == 0xBF || c == 0xAB || c == 0xBB || (c >= 0x2013 && c <= 0x201F) || c == 0x2026 ||
         c == 0x3002 || c == 0xFF01 || c == 0xFF0E;
}

bool among(const std::vector<std::string>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](const auto& known) { return fold(known) == word; });
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out;
  std::size_t keep = 0;  // of `out`: behind its last character that is not around
  bool blank = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_character(text, at);
    if (is_nothing(c)) continue;
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (out.empty() && is_around(c)) continue;
    if (blank && !out.empty()) out.push_back(' ');
    blank = false;
    put(out, folded(c));
    if (!is_around(c)) keep = out.size();
  }
  out.resize(keep);
  return out;
}

std::string_view to_string(Keyword keyword) {
  constexpr std::array<std::string_view, 5> kNames{"", "stop", "start", "help", ""};
  return kNames[static_cast<std::size_t>(keyword)];
}

Keyword keyword_of(std::string_view text, const domain::Campaign* campaign) {
  if (text.size() > kLongest) return Keyword::None;
  const auto word = fold(text);
  if (word.empty()) return Keyword::None;
  for (const auto& known : kWords)
    if (known.text == word) return known.keyword;
  if (!campaign) return Keyword::None;
  if (among(campaign->opt_out_keywords, word)) return Keyword::Stop;
  if (among(campaign->opt_in_keywords, word)) return Keyword::Start;
  if (among(campaign->help_keywords, word)) return Keyword::Help;
  return Keyword::None;
}

}  // namespace warp::messaging

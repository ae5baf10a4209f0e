#include "keywords.h"

#include <array>

#include "warp/base/text.h"

namespace warp::messaging {
namespace {

struct Word {
  std::string_view text;
  Keyword keyword;
};
constexpr std::array kWords{
    Word{"stop", Keyword::Stop},        Word{"stopall", Keyword::Stop},    Word{"stop all", Keyword::Stop},
    Word{"unsubscribe", Keyword::Stop}, Word{"cancel", Keyword::Stop},     Word{"end", Keyword::Stop},
    Word{"quit", Keyword::Stop},        Word{"revoke", Keyword::Stop},     Word{"optout", Keyword::Stop},
    Word{"opt out", Keyword::Stop},     Word{"opt-out", Keyword::Stop},    Word{"alto", Keyword::Stop},
    Word{"parar", Keyword::Stop},       Word{"baja", Keyword::Stop},       Word{"cancelar", Keyword::Stop},
    Word{"arret", Keyword::Stop},       Word{"arrêt", Keyword::Stop},      Word{"ARRÊT", Keyword::Stop},
    Word{"stopp", Keyword::Stop},       Word{"ende", Keyword::Stop},       Word{"pare", Keyword::Stop},
    Word{"sair", Keyword::Stop},        Word{"basta", Keyword::Stop},      Word{"стоп", Keyword::Stop},
    Word{"СТОП", Keyword::Stop},        Word{"Стоп", Keyword::Stop},       Word{"start", Keyword::Start},
    Word{"unstop", Keyword::Start},     Word{"subscribe", Keyword::Start}, Word{"optin", Keyword::Start},
    Word{"opt in", Keyword::Start},     Word{"alta", Keyword::Start},      Word{"iniciar", Keyword::Start},
    Word{"help", Keyword::Help},        Word{"info", Keyword::Help},       Word{"ayuda", Keyword::Help},
    Word{"aide", Keyword::Help},        Word{"hilfe", Keyword::Help},      Word{"ajuda", Keyword::Help},
};

std::string_view bare(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n.,!?;:'\"()*";
  const auto first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

}  // namespace

std::string_view to_string(Keyword keyword) {
  constexpr std::array<std::string_view, 4> kNames{"", "stop", "start", "help"};
  return kNames[static_cast<std::size_t>(keyword)];
}

Keyword keyword_of(std::string_view text) {
  const auto word = bare(text);
  for (const auto& known : kWords)
    if (iequals(known.text, word)) return known.keyword;
  return Keyword::None;
}

}  // namespace warp::messaging

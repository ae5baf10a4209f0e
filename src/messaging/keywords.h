// STOP, START and HELP as people write them: any case, with or without accents, blanks and punctuation
// around. The platform's words, those of carriers' rules and of the languages met most, always count; a
// campaign adds its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/domain/messaging_catalogue.h"

namespace warp::messaging {

// Yes: START when there is something to start again, else an answer as others are.
enum class Keyword : std::uint8_t { None, Stop, Start, Help, Yes };
std::string_view to_string(Keyword keyword);  // "", "stop", "start", "help", ""
// The whole text must be the word: "stop it" is a message. `campaign` may be null.
Keyword keyword_of(std::string_view text, const domain::Campaign* campaign = nullptr);
// As words are compared: Latin, Greek and Cyrillic in lower case, Latin without accents, blanks made one.
std::string fold(std::string_view text);

}  // namespace warp::messaging

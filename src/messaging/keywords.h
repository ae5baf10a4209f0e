// STOP, START and HELP as people write them: any case, blanks and punctuation around, the words of carriers'
// rules and of the languages met most.
#pragma once

#include <cstdint>
#include <string_view>

namespace warp::messaging {

enum class Keyword : std::uint8_t { None, Stop, Start, Help };
std::string_view to_string(Keyword keyword);  // "", "stop", "start", "help"
// The whole text must be the word: "stop it" is a message.
Keyword keyword_of(std::string_view text);

}  // namespace warp::messaging

// The North American numbering plan: how its numbers are built, and which of its states belong to whom.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::numbering {

// "1" and ten digits of which the first, and the fourth, is 2 to 9.
bool is_nanp(std::string_view e164);
// Of a number that is_nanp(): NPANXX, and the thousand-block.
std::uint32_t npanxx_of(std::string_view e164);
unsigned block_of(std::string_view e164);

// A number of the toll-free area codes.
bool is_toll_free(std::string_view e164);

// The country of a state or province code; empty: it says nothing (islands have the country by area code).
// Territories of the United States count as states of theirs: calls there are domestic.
std::string_view country_of_state(std::string_view state);

}  // namespace warp::numbering

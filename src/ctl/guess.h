// What to say to words that are no command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace warp::ctl {

// One line, and the commands that could follow: the first of `words` that is no command and what may have
// been meant, or that one must follow. Empty: the words name a command that can be called.
std::string wrong_command(const CLI::App& app, const std::vector<std::string>& words);
// Insertions, deletions and replacements between the two.
std::size_t distance(std::string_view one, std::string_view other);

}  // namespace warp::ctl

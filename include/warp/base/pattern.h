// Pattern: a regular expression that operators give, on UTF-8 and without regard to case. RE2: time linear in
// the text whatever the expression, bounded memory, no backtracking. Immutable; any thread may match.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace re2 {
class RE2;
}

namespace warp {

struct PatternProblem {
  std::string message;
  std::size_t position = 0;  // octets from the beginning
};

class Pattern {
 public:
  static Result<Pattern, PatternProblem> compile(std::string_view expression);
  Pattern(Pattern&& other) noexcept;
  Pattern& operator=(Pattern&& other) noexcept;
  ~Pattern();

  // Somewhere in it.
  bool matches(std::string_view text) const;
  // Why it cannot replace a match: \0 … \9 stand for groups of the expression, \\ for a backslash.
  std::optional<PatternProblem> check_replacement(std::string_view replacement) const;
  // Every match replaced; nullopt: that would be longer than `most` octets, or there are more than 1000.
  std::optional<std::string> replace(std::string_view text, std::string_view replacement,
                                     std::size_t most) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> expression);
  std::unique_ptr<re2::RE2> expression_;
};

}  // namespace warp

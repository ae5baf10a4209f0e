#include "warp/base/pattern.h"

#include <array>
#include <re2/re2.h>

namespace warp {
namespace {

constexpr std::int64_t kMemory = 1 << 20;
constexpr std::size_t kMostMatches = 1000;  // each may look at all that is left of the text

std::size_t character(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

// RE2 names the piece that it does not like; an open parenthesis makes that the whole.
std::size_t position_of(const re2::RE2& broken, std::string_view expression) {
  const auto& piece = broken.error_arg();
  if (piece.empty() || piece.size() == expression.size()) return expression.size();
  const auto found = expression.find(piece);
  return found == std::string_view::npos ? expression.size() : found;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> expression) : expression_(std::move(expression)) {}
Pattern::Pattern(Pattern&& other) noexcept = default;
Pattern& Pattern::operator=(Pattern&& other) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern, PatternProblem> Pattern::compile(std::string_view expression) {
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
  if (!compiled->ok()) return PatternProblem{compiled->error(), position_of(*compiled, expression)};
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

std::optional<PatternProblem> Pattern::check_replacement(std::string_view replacement) const {
  const int groups = expression_->NumberOfCapturingGroups();
  for (std::size_t at = 0; at < replacement.size(); ++at) {
    if (replacement[at] != '\\') continue;
    const auto place = at++;
    if (at == replacement.size()) return PatternProblem{"a backslash stands at the end", place};
    const char named = replacement[at];
    if (named == '\\') continue;
    if (named < '0' || named > '9')
      return PatternProblem{"a backslash stands before neither digit nor backslash", place};
    if (named - '0' > groups) return PatternProblem{"the pattern has no such group", place};
  }
  return std::nullopt;
}

std::optional<std::string> Pattern::replace(std::string_view text, std::string_view replacement,
                                            std::size_t most) const {
  const re2::StringPiece whole(text.data(), text.size()), rewrite(replacement.data(), replacement.size());
  std::array<re2::StringPiece, 10> groups;
  const int wanted = 1 + std::min(re2::RE2::MaxSubmatch(rewrite), 9);
  std::string out;
  std::size_t copied = 0, at = 0, matches = 0;
  while (at <= text.size() &&
         expression_->Match(whole, at, text.size(), re2::RE2::UNANCHORED, groups.data(), wanted)) {
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const auto end = begin + groups[0].size();
    if (begin == end && matches > 0 && begin == copied && at == copied) {  // nothing, right behind a match
      at += character(text, at);
      continue;
    }
    if (++matches > kMostMatches) return std::nullopt;
    out.append(text.substr(copied, begin - copied));
    expression_->Rewrite(&out, rewrite, groups.data(), wanted);
    if (out.size() > most) return std::nullopt;
    copied = at = end;
    if (begin == end) at += character(text, at);
  }
  out.append(text.substr(std::min(copied, text.size())));
  if (out.size() > most) return std::nullopt;
  return out;
}

}  // namespace warp

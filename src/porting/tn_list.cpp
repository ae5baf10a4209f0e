#include "warp/porting/tn_list.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::porting {
namespace {

constexpr std::string_view kSeparators = "\n\r,;\t|";
constexpr std::array<std::string_view, 7> kTollFree{"800", "833", "844", "855", "866", "877", "888"};

void take(std::string_view text, TnList& into) {
  ++into.total;
  auto number = nanp_of(text);
  if (number.empty()) {
    if (into.wrong.size() < kShownWrong) into.wrong.emplace_back(text.substr(0, 64));
  } else if (std::find(into.numbers.begin(), into.numbers.end(), number) != into.numbers.end()) {
    ++into.repeated;
  } else {
    into.numbers.push_back(std::move(number));
  }
}

// "202 555 0100" is one, "2025550100 2025550101" are two.
void take_line(std::string_view line, TnList& into) {
  line = trim(line);
  if (line.empty()) return;
  if (!nanp_of(line).empty() || line.find(' ') == std::string_view::npos) return take(line, into);
  while (!line.empty()) {
    const auto blank = line.find(' ');
    const auto word = trim(line.substr(0, blank));
    if (!word.empty()) take(word, into);
    if (blank == std::string_view::npos) break;
    line.remove_prefix(blank + 1);
  }
}

void read_tns(std::string_view text, TnList& into) {
  while (!text.empty()) {
    const auto end = text.find_first_of(kSeparators);
    take_line(text.substr(0, end), into);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string nanp_of(std::string_view text) {
  text = trim(text);
  if (text.starts_with("tel:")) text.remove_prefix(4);
  std::string digits;
  for (const char c : text) {
    if (is_digit(c))
      digits += c;
    else if (std::string_view(" ()-./+\"'").find(c) == std::string_view::npos)
      return {};
    if (digits.size() > 11) return {};
  }
  if (digits.size() == 10) digits.insert(digits.begin(), '1');
  if (digits.size() != 11 || digits[0] != '1' || digits[1] < '2' || digits[4] < '2') return {};
  return digits;
}

bool is_toll_free(std::string_view e164) {
  return e164.size() == 11 &&
         std::find(kTollFree.begin(), kTollFree.end(), e164.substr(1, 3)) != kTollFree.end();
}

TnList read_tns(const std::vector<std::string>& texts) {
  TnList out;
  for (const auto& text : texts)
    read_tns(text, out);
  return out;
}

}  // namespace warp::porting

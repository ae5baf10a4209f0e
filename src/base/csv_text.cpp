#include <algorithm>
#include <cstdio>
#include <utility>

#include "warp/base/csv.h"
#include "warp/base/text.h"

namespace warp {

void CsvText::feed(std::string_view piece) {
  while (!piece.empty() && !stopped_) {
    const auto end = piece.find('\n');
    if (end == std::string_view::npos) return keep(piece);
    if (partial_.empty()) {
      take(piece.substr(0, end));
    } else {
      keep(piece.substr(0, end));
      take(std::exchange(partial_, {}));
    }
    piece.remove_prefix(end + 1);
  }
}

void CsvText::finish() {
  if (!partial_.empty() && !stopped_) take(std::exchange(partial_, {}));
}

// Beyond the longest line allowed there is no need to remember what it says.
void CsvText::keep(std::string_view part) {
  constexpr std::size_t kEnough = kLongestCsvLine + 2;
  partial_.append(part.substr(0, kEnough - std::min(partial_.size(), kEnough)));
}

void CsvText::take(std::string_view line) {
  ++number_;
  if (number_ == 1 && !take_beginning(line)) return;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > kLongestCsvLine) {
    stopped_ = !fault_(
        {"the line is longer than 4096 characters", "check that the file is a CSV with line ends"}, false);
    return;
  }
  if (!clean(line) || trim(line).empty()) return;
  stopped_ = !line_(line);
}

bool CsvText::take_beginning(std::string_view& line) {
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") ||
      line.find('\0') != std::string_view::npos) {
    stopped_ = !fault_({"the file is not UTF-8 (it looks like UTF-16)", "save it as CSV UTF-8"}, true);
    return false;
  }
  if (line.starts_with("PK\x03\x04")) {
    stopped_ = !fault_({"the file is a workbook, not a CSV", "export the sheet as CSV UTF-8"}, true);
    return false;
  }
  return true;
}

// Where fields are ASCII, a byte beyond it is a damaged or foreign encoding, or a look-alike digit.
bool CsvText::clean(std::string_view line) {
  if (characters_ == CsvCharacters::Any) {
    if (line.find('\0') == std::string_view::npos) return true;
    stopped_ = !fault_({"there is a NUL in the line", "save the file as CSV UTF-8"}, false);
    return false;
  }
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '\r') {
      stopped_ =
          !fault_({"there is a carriage return inside of the line", "end lines with LF or CRLF"}, false);
      return false;
    }
    if (byte == 0x7f || (byte > 0x7f && characters_ == CsvCharacters::Ascii) ||
        (byte < ' ' && byte != '\t')) {
      stopped_ = !fault_({"there is a character that is no plain text: " + shown(std::string_view(&c, 1)),
                          "save the file as CSV UTF-8 and write digits and column names in ASCII"},
                         false);
      return false;
    }
  }
  return true;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string out = "'";
  for (const char c : text.substr(0, kLongest)) {
    if (c >= ' ' && c < 0x7f) {
      out += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
    out += escaped;
  }
  out += text.size() > kLongest ? "…'" : "'";
  return out;
}

}  // namespace warp

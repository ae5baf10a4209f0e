// CSV: a file cut into lines as it arrives, and a line into fields. Sans-I/O.
//
// Fields may be quoted, quotes inside of them doubled, and hold no line break; a line ends with LF or CRLF. A
// UTF-8 byte order mark is skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace warp {

// What is wrong with a text, and what to do about it.
struct TextFault {
  std::string problem, cure;
};

enum class CsvFault : std::uint8_t { None, QuoteOpen, TextAfterQuote, QuoteInside };
TextFault describe(CsvFault fault);

// One line cut into its fields. A field is a view into the line, or into `unquoted` when it held doubled
// quotes.
struct CsvLine {
  std::vector<std::string_view> fields;
  std::deque<std::string> unquoted;

  // Replaces what was there. `line` without its end; lives as long as the fields are used.
  CsvFault split(std::string_view line, char separator);
};

// A comma, or a semicolon when the header has no comma but one of those.
char csv_separator(std::string_view header);

inline constexpr std::size_t kLongestCsvLine = 4096;

// What the lines may hold: printable ASCII; that and what lies beyond ASCII; or anything but NUL, when
// whoever reads the fields judges them.
enum class CsvCharacters : std::uint8_t { Ascii, Text, Any };

class CsvText {
 public:
  // Each line that is not empty, without its end; false: nothing more is wanted.
  using Line = std::function<bool(std::string_view line)>;
  // A line that cannot be read, or (`whole`) the file; false: nothing more is wanted.
  using Fault = std::function<bool(TextFault fault, bool whole)>;

  CsvText(CsvCharacters characters, Line line, Fault fault)
      : characters_(characters), line_(std::move(line)), fault_(std::move(fault)) {}

  void feed(std::string_view piece);
  void finish();                                  // the last line may lack its end
  bool stopped() const { return stopped_; }       // further octets change nothing
  std::size_t number() const { return number_; }  // of the line at hand, from 1

 private:
  void keep(std::string_view part);
  void take(std::string_view line);
  bool take_beginning(std::string_view& line);
  bool clean(std::string_view line);

  CsvCharacters characters_;
  Line line_;
  Fault fault_;
  std::string partial_;  // a line of which the end has not come yet
  std::size_t number_ = 0;
  bool stopped_ = false;
};

// Printable and short, in quotes: what came from a file goes into answers and logs.
std::string shown(std::string_view text);

}  // namespace warp

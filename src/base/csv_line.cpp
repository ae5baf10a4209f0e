#include "warp/base/csv.h"

namespace warp {
namespace {

struct Quoted {
  std::string_view field;
  std::size_t end;  // behind the closing quote; npos: none
};

Quoted read_quoted(std::string_view line, std::size_t at, std::deque<std::string>& unquoted) {
  const std::size_t start = at + 1;
  std::size_t close = line.find('"', start);
  if (close == std::string_view::npos) return {{}, close};
  if (close + 1 >= line.size() || line[close + 1] != '"')
    return {line.substr(start, close - start), close + 1};
  auto& text = unquoted.emplace_back();
  std::size_t from = start;
  while (close != std::string_view::npos) {
    text.append(line.substr(from, close - from));
    if (close + 1 >= line.size() || line[close + 1] != '"') return {text, close + 1};
    text += '"';
    from = close + 2;
    close = line.find('"', from);
  }
  return {{}, close};
}

}  // namespace

TextFault describe(CsvFault fault) {
  switch (fault) {
    case CsvFault::None:
      break;
    case CsvFault::QuoteOpen:
      return {"a quote is not closed on its line", "close it; a field holds no line break"};
    case CsvFault::TextAfterQuote:
      return {"there is text behind a closing quote", "double the quotes inside of a quoted field"};
    case CsvFault::QuoteInside:
      return {"there is a quote inside of a field that is not quoted",
              "quote the whole field and double the quotes inside"};
  }
  return {};
}

char csv_separator(std::string_view header) {
  return header.find(',') == std::string_view::npos && header.find(';') != std::string_view::npos ? ';' : ',';
}

CsvFault CsvLine::split(std::string_view line, char separator) {
  fields.clear();
  unquoted.clear();
  std::size_t at = 0;
  while (true) {
    std::size_t end;
    if (at < line.size() && line[at] == '"') {
      const auto quoted = read_quoted(line, at, unquoted);
      if (quoted.end == std::string_view::npos) return CsvFault::QuoteOpen;
      if (quoted.end < line.size() && line[quoted.end] != separator) return CsvFault::TextAfterQuote;
      fields.push_back(quoted.field);
      end = quoted.end;
    } else {
      end = line.find(separator, at);
      if (end == std::string_view::npos) end = line.size();
      const auto field = line.substr(at, end - at);
      if (field.find('"') != std::string_view::npos) return CsvFault::QuoteInside;
      fields.push_back(field);
    }
    if (end == line.size()) return CsvFault::None;
    at = end + 1;
  }
}

}  // namespace warp

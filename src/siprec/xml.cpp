#include "xml.h"

#include <cstdint>

#include "warp/base/markup.h"

namespace warp::siprec {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Octets of the UTF-8 character that begins at `at`; 0: there is none, or XML forbids it.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(at);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return 0;
  std::uint32_t point = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(at + i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (octet(at + i) & 0x3Fu);
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  const bool forbidden = (point >= 0xD800 && point <= 0xDFFF) || point == 0xFFFE || point == 0xFFFF;
  return overlong || forbidden || point > 0x10FFFF ? 0 : size;
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_at(text, at);
    if (size == 0) {
      out += kReplacement;
      ++at;
      continue;
    }
    switch (text[at]) {
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        append_escaped_markup(out, text.substr(at, size));
    }
    at += size;
  }
  return out;
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n") {}

void XmlWriter::indent() {
  out_.append(2 * depth_, ' ');
}

void XmlWriter::open(std::string_view name, Attributes attributes) {
  indent();
  ++depth_;
  out_.append("<").append(name);
  for (const auto& [key, value] : attributes)
    out_.append(" ").append(key).append("=\"").append(escape_xml(value)).append("\"");
  out_ += ">\r\n";
}

void XmlWriter::close(std::string_view name) {
  --depth_;
  indent();
  out_.append("</").append(name).append(">\r\n");
}

void XmlWriter::leaf(std::string_view name, std::string_view text) {
  indent();
  out_.append("<").append(name).append(">").append(escape_xml(text));
  out_.append("</").append(name).append(">\r\n");
}

}  // namespace warp::siprec

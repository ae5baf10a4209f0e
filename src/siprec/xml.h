// XmlWriter: elements with attributes and text, escaped so that no value leaves its place (XML 1.0, UTF-8).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace warp::siprec {

class XmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string>>;

  XmlWriter();
  void open(std::string_view name, Attributes attributes);
  void close(std::string_view name);
  void leaf(std::string_view name, std::string_view text);
  std::string take() { return std::move(out_); }

 private:
  void indent();
  std::string out_;
  unsigned depth_ = 0;
};

// `text` as it may stand between tags and in double quotes. What XML forbids, or is no UTF-8, is U+FFFD.
std::string escape_xml(std::string_view text);

}  // namespace warp::siprec

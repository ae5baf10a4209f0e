#include "warp/api/deck_mapping.h"

#include <algorithm>
#include <string_view>

namespace warp::api {
namespace {

using Problem = std::optional<std::string>;

constexpr std::size_t kMostColumns = 64;
constexpr std::size_t kLongestColumnName = 256;

Problem read_columns(const Json& value, rating::DeckMapping& out) {
  if (!value.is_object() || value.size() > kMostColumns)
    return "columns must be an object of at most 64 names, like {\"prefix\": \"NPANXX\", \"per_minute\": 3}";
  for (const auto& [ours, theirs] : value.items()) {
    if (theirs.is_number_unsigned() && theirs.get<std::uint64_t>() >= 1 &&
        theirs.get<std::uint64_t>() <= 1000)
      out.columns[ours] = '#' + std::to_string(theirs.get<std::uint64_t>());
    else if (theirs.is_string() && !theirs.get_ref<const std::string&>().empty() &&
             theirs.get_ref<const std::string&>().size() <= kLongestColumnName)
      out.columns[ours] = theirs.get<std::string>();
    else
      return "columns." + ours + " must be the name of a column, or its place from 1 to 1000";
  }
  return std::nullopt;
}

Problem read_sign(const Json& value, std::string_view allowed, const char* name, char& out) {
  const auto text = value.is_string() ? value.get<std::string>() : std::string();
  if (text.size() != 1 || allowed.find(text[0]) == std::string_view::npos)
    return std::string(name) + " must be one of: " + (allowed == ".," ? "'.' ','" : "',' ';' '|' and tab");
  out = text[0];
  return std::nullopt;
}

// YYYY, MM and DD once each, and no other letters or digits.
bool is_date_format(std::string_view format) {
  if (format.size() > 16) return false;
  for (const std::string_view token : {"YYYY", "MM", "DD"}) {
    const auto at = format.find(token);
    if (at == std::string_view::npos || format.find(token, at + 1) != std::string_view::npos) return false;
  }
  return std::all_of(format.begin(), format.end(),
                     [](char c) { return std::string_view("YMD./- ").find(c) != std::string_view::npos; });
}

Problem read_member(const std::string& name, const Json& value, rating::DeckMapping& out) {
  if (name == "columns") return read_columns(value, out);
  if (name == "separator") return read_sign(value, ",;|\t", "separator", out.separator);
  if (name == "decimal") return read_sign(value, ".,", "decimal", out.decimal);
  if (name == "header") {
    if (!value.is_boolean()) return "header must be true or false";
    out.header = value.get<bool>();
    return std::nullopt;
  }
  const auto text = value.is_string() ? value.get<std::string>() : std::string();
  if (name == "per") {
    if (text != "minute" && text != "second") return "per must be minute or second";
    out.per_second = text == "second";
    return std::nullopt;
  }
  if (name == "date_format") {
    if (!is_date_format(text)) return "date_format must have YYYY, MM and DD once each, like MM/DD/YYYY";
    out.date_format = text;
    return std::nullopt;
  }
  if (name == "prefix_before") {
    if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
      return "prefix_before must be 1 to 15 digits";
    out.prefix_before = text;
    return std::nullopt;
  }
  return "there is no " + name +
         " in a mapping; write columns, header, separator, decimal, per, date_format or "
         "prefix_before";
}

}  // namespace

Result<rating::DeckMapping, std::string> read_deck_mapping(const Json& body) {
  rating::DeckMapping out;
  if (!body.is_object()) return std::string("a mapping is an object");
  for (const auto& [name, value] : body.items())
    if (auto problem = read_member(name, value, out)) return std::move(*problem);
  const bool by_place = std::all_of(out.columns.begin(), out.columns.end(),
                                    [](const auto& one) { return one.second.front() == '#'; });
  if (!out.header && (out.columns.empty() || !by_place))
    return std::string("without a header every column must be given by its place, like \"prefix\": 1");
  return out;
}

}  // namespace warp::api

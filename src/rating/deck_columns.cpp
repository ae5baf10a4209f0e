#include "deck_columns.h"

#include <algorithm>

#include "warp/base/text.h"

namespace warp::rating {
namespace {

void report_missing(DeckColumn column, const DeckColumns::Report& report) {
  report(std::string(kDeckColumnNames[column]),
         {"the column is missing", "name the columns in the first line: " + known_deck_columns()});
}

}  // namespace

std::string known_deck_columns() {
  std::string text;
  for (const auto name : kDeckColumnNames) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

bool DeckColumns::has_area() const {
  return std::any_of(kAreaColumns.begin(), kAreaColumns.end(), [&](auto one) { return has(one); });
}

bool DeckColumns::by_jurisdiction() const {
  return std::any_of(kPriceColumns.begin(), kPriceColumns.end(), [&](auto one) { return has(one.column); });
}

void DeckColumns::take(const std::vector<std::string_view>& fields, const Report& report) {
  for (std::size_t at = 0; at < fields.size(); ++at)
    take_column(mapping_.header ? trim(fields[at]) : std::string_view(), at, report);
  check(report);
}

void DeckColumns::check(const Report& report) const {
  for (const auto& [ours, theirs] : mapping_.columns) {
    const auto found = std::find(kDeckColumnNames.begin(), kDeckColumnNames.end(), ours);
    if (found == kDeckColumnNames.end())
      report(shown(ours),
             {"the mapping names a column that decks do not have", "use only " + known_deck_columns()});
    else if (!has(static_cast<DeckColumn>(found - kDeckColumnNames.begin())))
      report(ours, {"the mapping takes it from " + shown(theirs) + ", which the file does not have",
                    "name a column of the first line, or its place as #1"});
  }
  if (!has(kPrefix) && !has_area()) report_missing(kPrefix, report);
  if (!has(kPerMinute) && !by_jurisdiction()) report_missing(kPerMinute, report);
  if (has(kJurisdictionsColumn) && by_jurisdiction())
    report("jurisdictions", {"there are prices by jurisdiction as well", "keep one of the two ways"});
}

// A column may be the source of several.
void DeckColumns::take_column(std::string_view name, std::size_t at, const Report& report) {
  bool mapped = false;
  for (const auto& [ours, theirs] : mapping_.columns) {
    if (theirs != "#" + std::to_string(at + 1) && (name.empty() || !iequals(theirs, name))) continue;
    mapped = true;
    const auto found = std::find(kDeckColumnNames.begin(), kDeckColumnNames.end(), ours);
    if (found != kDeckColumnNames.end())
      place(static_cast<DeckColumn>(found - kDeckColumnNames.begin()), at, report);
  }
  if (mapped || !mapping_.header) return;
  const auto found = std::find_if(kDeckColumnNames.begin(), kDeckColumnNames.end(),
                                  [&](auto known) { return iequals(known, name); });
  if (found == kDeckColumnNames.end()) {
    if (!mapping_.given())
      report(shown(name), {"the column is not known", "use only " + known_deck_columns()});
    return;
  }
  const auto column = static_cast<DeckColumn>(found - kDeckColumnNames.begin());
  if (!mapping_.columns.contains(std::string(kDeckColumnNames[column]))) place(column, at, report);
}

void DeckColumns::place(DeckColumn column, std::size_t at, const Report& report) {
  if (has(column))
    return report(std::string(kDeckColumnNames[column]), {"the column is there twice", "keep one of them"});
  position_[column] = at;
}

}  // namespace warp::rating

#include "warp/rating/deck_csv.h"

#include <algorithm>
#include <array>
#include <optional>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/rating/digit_index.h"

#include "csv_line.h"
#include "csv_values.h"

namespace warp::rating {
namespace {

using domain::Rate;

using domain::bit;
using domain::Jurisdiction;
using domain::Jurisdictions;

enum Column : std::size_t {
  kPrefix,
  kPerMinute,
  kSetupFee,
  kInitialIncrement,
  kIncrement,
  kMinimumSeconds,
  kEffectiveFrom,
  kEffectiveTo,
  kJurisdictionsColumn,
  kSchedule,
  kAttemptFee,
  kSurcharge,
  kFreeSeconds,
  kBlocked,
  kInterstate,
  kIntrastate,
  kIntraLata,
  kLocal,
  kInternational,
  kTollFree,
  kState,
  kLata,
  kOcn,
  kRateCentre,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kNames{"prefix",
                                                        "per_minute",
                                                        "setup_fee",
                                                        "initial_increment",
                                                        "increment",
                                                        "minimum_seconds",
                                                        "effective_from",
                                                        "effective_to",
                                                        "jurisdictions",
                                                        "schedule",
                                                        "attempt_fee",
                                                        "surcharge",
                                                        "free_seconds",
                                                        "blocked",
                                                        "per_minute_interstate",
                                                        "per_minute_intrastate",
                                                        "per_minute_intralata",
                                                        "per_minute_local",
                                                        "per_minute_international",
                                                        "per_minute_tollfree",
                                                        "state",
                                                        "lata",
                                                        "ocn",
                                                        "rate_centre"};
struct PriceColumn {
  Column column;
  Jurisdiction jurisdiction;
};
constexpr std::array kPriceColumns{PriceColumn{kInterstate, Jurisdiction::Interstate},
                                   PriceColumn{kIntrastate, Jurisdiction::Intrastate},
                                   PriceColumn{kIntraLata, Jurisdiction::IntraLata},
                                   PriceColumn{kLocal, Jurisdiction::Local},
                                   PriceColumn{kInternational, Jurisdiction::International},
                                   PriceColumn{kTollFree, Jurisdiction::TollFree}};
constexpr std::array kAreaColumns{kState, kLata, kOcn, kRateCentre};
constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

std::string known_columns() {
  std::string text;
  for (const auto name : kNames) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

ValueFault describe(CsvFault fault) {
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

}  // namespace

std::string to_string(const DeckCsvIssue& issue) {
  std::string text = issue.line == 0 ? "file" : "line " + std::to_string(issue.line);
  if (!issue.column.empty()) text += ", " + issue.column;
  return text + ": " + issue.problem + "; " + issue.cure;
}

struct DeckCsvReader::Impl {
  explicit Impl(const DeckCsvSettings& given) : settings(given) { position.fill(kAbsent); }

  bool has(Column column) const { return position[column] != kAbsent; }
  bool has_area() const {
    return std::any_of(kAreaColumns.begin(), kAreaColumns.end(), [&](auto one) { return has(one); });
  }
  bool by_jurisdiction() const {
    return std::any_of(kPriceColumns.begin(), kPriceColumns.end(), [&](auto one) { return has(one.column); });
  }

  void feed(std::string_view piece) {
    while (!piece.empty() && !stopped) {
      const auto end = piece.find('\n');
      if (end == std::string_view::npos) {
        keep(piece);
        return;
      }
      if (partial.empty()) {
        take_line(piece.substr(0, end));
      } else {
        keep(piece.substr(0, end));
        const auto line = std::move(partial);
        partial.clear();
        take_line(line);
      }
      piece.remove_prefix(end + 1);
    }
  }

  // Beyond the longest line allowed there is no need to remember what it says.
  void keep(std::string_view part) {
    partial.append(part.substr(0, kMaxLine + 2 - std::min(partial.size(), kMaxLine + 2)));
  }

  void take_line(std::string_view line) {
    ++line_number;
    if (line_number == 1 && !take_beginning(line)) return;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > kMaxLine) {
      report("", {"the line is longer than 4096 characters", "check that the file is a CSV with line ends"});
      if (!header_done) stopped = true;
      return;
    }
    if (!clean(line)) {
      if (!header_done) stopped = true;
      return;
    }
    if (trim(line).empty()) return;
    if (!header_done)
      take_header(line);
    else
      take_rate(line);
  }

  bool take_beginning(std::string_view& line) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") ||
        line.find('\0') != std::string_view::npos) {
      stop({"the file is not UTF-8 (it looks like UTF-16)", "save it as CSV UTF-8"});
      return false;
    }
    if (line.starts_with("PK\x03\x04")) {
      stop({"the file is a workbook, not a CSV", "export the sheet as CSV UTF-8"});
      return false;
    }
    return true;
  }

  // Every field is ASCII: a byte beyond it is a damaged or foreign encoding, or a look-alike digit.
  bool clean(std::string_view line) {
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == '\r') {
        report("", {"there is a carriage return inside of the line", "end lines with LF or CRLF"});
        return false;
      }
      if (byte >= 0x7f || (byte < ' ' && byte != '\t')) {
        report("", {"there is a character that is no plain text: " + shown(std::string_view(&c, 1)),
                    "save the file as CSV UTF-8 and write digits and column names in ASCII"});
        return false;
      }
    }
    return true;
  }

  void take_header(std::string_view line) {
    header_done = true;
    separator = settings.mapping.separator;
    if (separator == 0)
      separator =
          line.find(',') == std::string_view::npos && line.find(';') != std::string_view::npos ? ';' : ',';
    const auto fault = csv.split(line, separator);
    if (fault != CsvFault::None) return stop(describe(fault));
    width = csv.fields.size();
    for (std::size_t at = 0; at < width; ++at)
      take_column(settings.mapping.header ? trim(csv.fields[at]) : std::string_view(), at);
    check_columns();
    // Without a sound header each line would be reported for the same fault.
    stopped = total > 0;
    if (!stopped && !settings.mapping.header) take_rate(line);
  }

  void check_columns() {
    for (const auto& [ours, theirs] : settings.mapping.columns) {
      const auto found = std::find(kNames.begin(), kNames.end(), ours);
      if (found == kNames.end())
        report(shown(ours),
               {"the mapping names a column that decks do not have", "use only " + known_columns()});
      else if (!has(static_cast<Column>(found - kNames.begin())))
        report(ours, {"the mapping takes it from " + shown(theirs) + ", which the file does not have",
                      "name a column of the first line, or its place as #1"});
    }
    if (!has(kPrefix) && !has_area()) missing(kPrefix);
    if (!has(kPerMinute) && !by_jurisdiction()) missing(kPerMinute);
    if (has(kJurisdictionsColumn) && by_jurisdiction())
      report("jurisdictions", {"there are prices by jurisdiction as well", "keep one of the two ways"});
  }

  void missing(Column column) {
    report(std::string(kNames[column]),
           {"the column is missing", "name the columns in the first line: " + known_columns()});
  }

  // A column may be the source of several.
  void take_column(std::string_view name, std::size_t at) {
    bool mapped = false;
    for (const auto& [ours, theirs] : settings.mapping.columns) {
      if (theirs != "#" + std::to_string(at + 1) && (name.empty() || !iequals(theirs, name))) continue;
      mapped = true;
      const auto found = std::find(kNames.begin(), kNames.end(), ours);
      if (found != kNames.end()) place(static_cast<Column>(found - kNames.begin()), at);
    }
    if (mapped || !settings.mapping.header) return;
    const auto found =
        std::find_if(kNames.begin(), kNames.end(), [&](auto known) { return iequals(known, name); });
    if (found == kNames.end()) {
      if (!settings.mapping.given())
        report(shown(name), {"the column is not known", "use only " + known_columns()});
      return;
    }
    const auto column = static_cast<Column>(found - kNames.begin());
    if (!settings.mapping.columns.contains(std::string(kNames[column]))) place(column, at);
  }

  void place(Column column, std::size_t at) {
    if (has(column))
      return report(std::string(kNames[column]), {"the column is there twice", "keep one of them"});
    position[column] = at;
  }

  void take_rate(std::string_view line) {
    if (rates.size() >= settings.max_lines || line_number > settings.max_lines + 1)
      return stop(
          {"the file has more than " + std::to_string(settings.max_lines) + " lines", "split the deck"});
    const auto fault = csv.split(line, separator);
    if (fault != CsvFault::None) return report("", describe(fault));
    if (csv.fields.size() != width)
      return report("", {"the line has " + std::to_string(csv.fields.size()) + " fields, the header has " +
                             std::to_string(width),
                         "give every line a field for each column, empty ones too"});
    const auto before = total;
    Rate rate;
    rate.effective_from = settings.effective_from;
    read_terms(rate);
    read_prefixes();
    read_prices(rate);
    if (total == before && rate.effective_to && *rate.effective_to <= rate.effective_from)
      report("effective_to", {"the line ends before it begins", "give an end after effective_from, or none"});
    if (total > 0) return forget();
    for (const auto& prefix : prefixes)
      for (const auto& price : prices)
        keep_rate(rate, prefix, price.amount, price.set);
  }

  // It is refused: only faults are counted from here on.
  void forget() {
    rates = {};
    numbers = {};
  }

  void keep_rate(const Rate& terms, const std::string& prefix, Money per_minute, Jurisdictions set) {
    auto& rate = rates.emplace_back(terms);
    rate.prefix = prefix;
    rate.per_minute = per_minute;
    rate.jurisdictions = set;
    numbers.push_back(static_cast<std::uint32_t>(line_number));
  }

  void read_terms(Rate& rate) {
    const auto price = [this](auto text) { return parse_price(text, settings.mapping.decimal); };
    read_optional(kSetupFee, rate.setup_fee, price);
    read_optional(kAttemptFee, rate.attempt_fee, price);
    read_optional(kSurcharge, rate.surcharge, price);
    read_optional(kFreeSeconds, rate.free_seconds, [](auto text) { return parse_seconds(text, 0); });
    read_optional(kInitialIncrement, rate.initial_increment,
                  [](auto text) { return parse_seconds(text, 1); });
    read_optional(kIncrement, rate.increment, [](auto text) { return parse_seconds(text, 1); });
    read_optional(kMinimumSeconds, rate.minimum_seconds, [](auto text) { return parse_seconds(text, 0); });
    const auto time = [this](auto text) {
      const auto& format = settings.mapping.date_format;
      return format.empty() ? parse_time(text) : parse_day(text, format);
    };
    read_optional(kEffectiveFrom, rate.effective_from, time);
    read_optional(kEffectiveTo, rate.effective_to, time);
    read_optional(kBlocked, rate.blocked, parse_flag);
    read_optional(kSchedule, rate.schedule, [this](auto text) { return schedule_of(text); });
  }

  Result<std::uint16_t, ValueFault> schedule_of(std::string_view name) const {
    if (name.starts_with('#')) {
      const auto id = parse_number<std::uint16_t>(name.substr(1), 1, 32'767);
      if (id) return *id;
    }
    const auto found = settings.schedules.find(std::string(name));
    if (found == settings.schedules.end())
      return ValueFault{shown(name) + " is not a schedule",
                        "make it first, or write the name of one there is"};
    return found->second;
  }

  bool empty(Column column) const { return !has(column) || trim(csv.fields[position[column]]).empty(); }

  void read_prefixes() {
    prefixes.clear();
    const bool area =
        !std::all_of(kAreaColumns.begin(), kAreaColumns.end(), [&](auto one) { return empty(one); });
    if (area && empty(kPrefix)) return read_area();
    if (area) return report("prefix", {"the line has a prefix and an area", "leave one of the two empty"});
    if (!has(kPrefix))
      return report("prefix", {"the line has neither a prefix nor an area", "give one of them"});
    auto& prefix = prefixes.emplace_back();
    if (settings.mapping.prefix_before.empty())
      read(kPrefix, prefix, parse_prefix);
    else
      read(kPrefix, prefix,
           [this](auto text) { return parse_prefix(settings.mapping.prefix_before + std::string(text)); });
  }

  void read_area() {
    const auto text_of = [&](Column column) {
      return empty(column) ? std::string() : std::string(trim(csv.fields[position[column]]));
    };
    Area area{text_of(kState), text_of(kOcn), text_of(kRateCentre), 0};
    if (!empty(kLata)) {
      const auto lata = parse_number<std::uint32_t>(text_of(kLata), 1, 99'999);
      if (!lata)
        return report("lata", {shown(text_of(kLata)) + " is not a LATA", "write its number, like 132"});
      area.lata = *lata;
    }
    if (!settings.areas)
      return report("", {"the line is for an area, and there is no table of places",
                         "import number data first, or write prefixes"});
    prefixes = settings.areas(area);
    if (prefixes.empty())
      report("", {"no number is known in the line's area", "look at its state, LATA, OCN and rate centre"});
  }

  void read_prices(const Rate& rate) {
    prices.clear();
    Jurisdictions taken = 0;
    if (by_jurisdiction()) taken = read_by_jurisdiction();
    if (has(kPerMinute) && ((!by_jurisdiction() && !rate.blocked) || !empty(kPerMinute))) {
      Jurisdictions set = domain::kAllJurisdictions;
      read_optional(kJurisdictionsColumn, set, parse_jurisdictions);
      add_price(kPerMinute, static_cast<Jurisdictions>(set & ~taken));
    }
    if (prices.empty() && total == 0 && !rate.blocked)
      report("per_minute", {"the line has no price", "give one, or write yes in a column blocked"});
    if (prices.empty() && rate.blocked) prices.push_back({Money{}, domain::kAllJurisdictions});
  }

  // What the line says of each; whom no column is for goes with the one next to it.
  Jurisdictions read_by_jurisdiction() {
    Jurisdictions taken = 0;
    for (const auto& [column, jurisdiction] : kPriceColumns) {
      if (empty(column)) continue;
      Jurisdictions set = bit(jurisdiction);
      const auto with = [&](Column other, Jurisdiction one) {
        if (!has(other)) set = static_cast<Jurisdictions>(set | bit(one));
      };
      if (column == kIntrastate) {
        with(kIntraLata, Jurisdiction::IntraLata);
        with(kLocal, Jurisdiction::Local);
      }
      if (column == kInterstate && !has(kPerMinute)) {
        with(kInternational, Jurisdiction::International);
        with(kTollFree, Jurisdiction::TollFree);
        set = static_cast<Jurisdictions>(set | bit(Jurisdiction::Unknown));
      }
      add_price(column, set);
      taken = static_cast<Jurisdictions>(taken | set);
    }
    return taken;
  }

  void add_price(Column column, Jurisdictions set) {
    if (set == 0) return;
    Money amount;
    const auto before = total;
    read(column, amount, [this](auto text) { return parse_price(text, settings.mapping.decimal); });
    if (total != before) return;
    if (settings.mapping.per_second) {
      const auto a_minute = Money::scale(amount, 60, 1, Rounding::Down);
      if (!a_minute)
        return report(std::string(kNames[column]),
                      {"the price is too great", "look at it: it is a second's"});
      amount = *a_minute;
    }
    const auto same =
        std::find_if(prices.begin(), prices.end(), [&](const auto& one) { return one.amount == amount; });
    if (same == prices.end())
      prices.push_back({amount, set});
    else
      same->set = static_cast<Jurisdictions>(same->set | set);
  }

  template <class Value, class Parse>
  void read(Column column, Value& value, Parse parse) {
    auto parsed = parse(trim(csv.fields[position[column]]));
    if (!parsed) return report(std::string(kNames[column]), parsed.error());
    value = std::move(*parsed);
  }
  template <class Value, class Parse>
  void read_optional(Column column, Value& value, Parse parse) {
    if (empty(column)) return;
    read(column, value, parse);
  }

  // Lines of one prefix, schedule and jurisdiction: an open-ended one is superseded by the next; one that
  // says when it ends must end before the next begins.
  void check_overlaps() {
    struct Line {
      PrefixKey key;
      std::uint32_t at;
    };
    std::vector<Line> lines;
    lines.reserve(rates.size());
    for (std::uint32_t at = 0; at < rates.size(); ++at)
      lines.push_back({*PrefixKey::parse(rates[at].prefix), at});
    const auto earlier = [this](const Line& a, const Line& b) {
      if (a.key != b.key) return a.key < b.key;
      const auto& x = rates[a.at];
      const auto& y = rates[b.at];
      if (x.schedule != y.schedule) return x.schedule < y.schedule;
      if (x.effective_from != y.effective_from) return x.effective_from < y.effective_from;
      return a.at < b.at;
    };
    if (!std::is_sorted(lines.begin(), lines.end(), earlier)) std::sort(lines.begin(), lines.end(), earlier);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto& rate = rates[lines[i].at];
      // Back to the lines that were the last for any of its jurisdictions.
      Jurisdictions left = rate.jurisdictions;
      for (std::size_t j = i; left != 0 && j-- > 0;) {
        const auto& other = rates[lines[j].at];
        if (lines[j].key != lines[i].key || other.schedule != rate.schedule) break;
        if ((other.jurisdictions & left) == 0) continue;
        if (conflict(lines[j].at, lines[i].at)) break;
        left = static_cast<Jurisdictions>(left & ~other.jurisdictions);
      }
    }
  }

  bool conflict(std::uint32_t first, std::uint32_t second) {
    const auto& a = rates[first];
    const auto& b = rates[second];
    line_number = std::max(numbers[first], numbers[second]);
    const auto other = std::to_string(std::min(numbers[first], numbers[second]));
    if (a.effective_from == b.effective_from) {
      report("prefix", {shown(b.prefix) + " is there already on line " + other + " from the same time on",
                        "keep one of the two lines"});
      return true;
    }
    if (!a.effective_to || *a.effective_to <= b.effective_from) return false;
    report("effective_to", {shown(b.prefix) + " overlaps in time with line " + other,
                            "let the earlier line end when the later one begins, or leave its end out"});
    return true;
  }

  void report(std::string column, ValueFault fault) {
    ++total;
    if (issues.size() < settings.max_issues)
      issues.push_back({line_number, std::move(column), std::move(fault.problem), std::move(fault.cure)});
  }
  void stop(ValueFault fault) {
    report("", std::move(fault));
    stopped = true;
    forget();
  }

  Result<std::vector<Rate>, DeckCsvError> finish() {
    if (!partial.empty() && !stopped) {
      const auto line = std::move(partial);
      take_line(line);
    }
    if (total == 0) check_overlaps();
    line_number = 0;
    if (total == 0 && !header_done)
      report("", {"the file is empty", "name the columns in the first line: " + known_columns()});
    if (total == 0 && rates.empty()) report("", {"the file has no rates", "add a line for each prefix"});
    if (total > 0) return DeckCsvError{std::move(issues), total};
    return std::move(rates);
  }

  DeckCsvSettings settings;
  std::string partial;  // a line of which the end has not come yet
  std::size_t line_number = 0;
  bool header_done = false;
  bool stopped = false;
  char separator = ',';
  std::size_t width = 0;
  std::array<std::size_t, kColumns> position{};
  CsvLine csv;
  struct Price {
    Money amount;
    Jurisdictions set;
  };
  std::vector<std::string> prefixes;  // of the line being read
  std::vector<Price> prices;          // of the line being read
  std::vector<Rate> rates;
  std::vector<std::uint32_t> numbers;  // line of each rate
  std::vector<DeckCsvIssue> issues;
  std::size_t total = 0;
};

DeckCsvReader::DeckCsvReader(const DeckCsvSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}
DeckCsvReader::~DeckCsvReader() = default;

bool DeckCsvReader::stopped() const {
  return impl_->stopped;
}

void DeckCsvReader::feed(std::string_view piece) {
  impl_->feed(piece);
}

Result<std::vector<Rate>, DeckCsvError> DeckCsvReader::finish() {
  return impl_->finish();
}

Result<std::vector<Rate>, DeckCsvError> parse_deck_csv(std::string_view text,
                                                       const DeckCsvSettings& settings) {
  DeckCsvReader reader(settings);
  reader.feed(text);
  return reader.finish();
}

}  // namespace warp::rating

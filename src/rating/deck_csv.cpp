#include "warp/rating/deck_csv.h"

#include <algorithm>
#include <array>
#include <optional>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "csv_values.h"
#include "deck_columns.h"
#include "deck_overlaps.h"

namespace warp::rating {
namespace {

using domain::Rate;

using domain::bit;
using domain::Jurisdiction;
using domain::Jurisdictions;

}  // namespace

std::string to_string(const DeckCsvIssue& issue) {
  std::string text = issue.line == 0 ? "file" : "line " + std::to_string(issue.line);
  if (!issue.column.empty()) text += ", " + issue.column;
  return text + ": " + issue.problem + "; " + issue.cure;
}

struct DeckCsvReader::Impl {
  explicit Impl(const DeckCsvSettings& given)
      : settings(given),
        columns(settings.mapping),
        text(
            CsvCharacters::Ascii, [this](std::string_view line) { return take_line(line); },
            [this](ValueFault fault, bool whole) {
              report("", std::move(fault));
              // Without a sound header each line would be reported for the same fault.
              return header_done && !whole;
            }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool take_line(std::string_view line) {
    header_done ? take_rate(line) : take_header(line);
    return !stopped;
  }

  void take_header(std::string_view line) {
    header_done = true;
    separator = settings.mapping.separator;
    if (separator == 0) separator = csv_separator(line);
    const auto fault = csv.split(line, separator);
    if (fault != CsvFault::None) return stop(describe(fault));
    width = csv.fields.size();
    columns.take(csv.fields, [this](std::string column, ValueFault wrong) {
      report(std::move(column), std::move(wrong));
    });
    // Without a sound header each line would be reported for the same fault.
    stopped = total > 0;
    if (!stopped && !settings.mapping.header) take_rate(line);
  }

  void take_rate(std::string_view line) {
    if (rates.size() >= settings.max_lines || text.number() > settings.max_lines + 1)
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
    numbers.push_back(static_cast<std::uint32_t>(text.number()));
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

  bool empty(DeckColumn column) const {
    return !columns.has(column) || trim(csv.fields[columns.position(column)]).empty();
  }

  void read_prefixes() {
    prefixes.clear();
    const bool area =
        !std::all_of(kAreaColumns.begin(), kAreaColumns.end(), [&](auto one) { return empty(one); });
    if (area && empty(kPrefix)) return read_area();
    if (area) return report("prefix", {"the line has a prefix and an area", "leave one of the two empty"});
    if (!columns.has(kPrefix))
      return report("prefix", {"the line has neither a prefix nor an area", "give one of them"});
    auto& prefix = prefixes.emplace_back();
    if (settings.mapping.prefix_before.empty())
      read(kPrefix, prefix, parse_prefix);
    else
      read(kPrefix, prefix,
           [this](auto text) { return parse_prefix(settings.mapping.prefix_before + std::string(text)); });
  }

  void read_area() {
    const auto text_of = [&](DeckColumn column) {
      return empty(column) ? std::string() : std::string(trim(csv.fields[columns.position(column)]));
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
    if (columns.by_jurisdiction()) taken = read_by_jurisdiction();
    if (columns.has(kPerMinute) && ((!columns.by_jurisdiction() && !rate.blocked) || !empty(kPerMinute))) {
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
      const auto with = [&](DeckColumn other, Jurisdiction one) {
        if (!columns.has(other)) set = static_cast<Jurisdictions>(set | bit(one));
      };
      if (column == kIntrastate) {
        with(kIntraLata, Jurisdiction::IntraLata);
        with(kLocal, Jurisdiction::Local);
      }
      if (column == kInterstate && !columns.has(kPerMinute)) {
        with(kInternational, Jurisdiction::International);
        with(kTollFree, Jurisdiction::TollFree);
        set = static_cast<Jurisdictions>(set | bit(Jurisdiction::Unknown));
      }
      add_price(column, set);
      taken = static_cast<Jurisdictions>(taken | set);
    }
    return taken;
  }

  void add_price(DeckColumn column, Jurisdictions set) {
    if (set == 0) return;
    Money amount;
    const auto before = total;
    read(column, amount, [this](auto text) { return parse_price(text, settings.mapping.decimal); });
    if (total != before) return;
    if (settings.mapping.per_second) {
      const auto a_minute = Money::scale(amount, 60, 1, Rounding::Down);
      if (!a_minute)
        return report(std::string(kDeckColumnNames[column]),
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
  void read(DeckColumn column, Value& value, Parse parse) {
    auto parsed = parse(trim(csv.fields[columns.position(column)]));
    if (!parsed) return report(std::string(kDeckColumnNames[column]), parsed.error());
    value = std::move(*parsed);
  }
  template <class Value, class Parse>
  void read_optional(DeckColumn column, Value& value, Parse parse) {
    if (empty(column)) return;
    read(column, value, parse);
  }

  void report(std::string column, ValueFault fault) {
    report_at(text.number(), std::move(column), std::move(fault));
  }
  void report_at(std::size_t line, std::string column, ValueFault fault) {
    ++total;
    if (issues.size() < settings.max_issues)
      issues.push_back({line, std::move(column), std::move(fault.problem), std::move(fault.cure)});
  }
  void stop(ValueFault fault) {
    report("", std::move(fault));
    stopped = true;
    forget();
  }

  Result<std::vector<Rate>, DeckCsvError> finish() {
    text.finish();
    const auto report_line = [this](std::size_t line, std::string column, ValueFault fault) {
      report_at(line, std::move(column), std::move(fault));
    };
    if (total == 0) report_overlaps(rates, numbers, report_line);
    if (total == 0 && !header_done)
      report_at(0, "", {"the file is empty", "name the columns in the first line: " + known_deck_columns()});
    if (total == 0 && rates.empty())
      report_at(0, "", {"the file has no rates", "add a line for each prefix"});
    if (total > 0) return DeckCsvError{std::move(issues), total};
    return std::move(rates);
  }

  DeckCsvSettings settings;
  DeckColumns columns;
  CsvText text;
  bool header_done = false;
  bool stopped = false;
  char separator = ',';
  std::size_t width = 0;
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
  return impl_->stopped || impl_->text.stopped();
}

void DeckCsvReader::feed(std::string_view piece) {
  impl_->text.feed(piece);
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

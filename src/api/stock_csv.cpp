#include "stock_csv.h"

#include <algorithm>
#include <array>

#include "warp/base/checked.h"
#include "warp/base/csv.h"
#include "warp/base/text.h"
#include "warp/porting/tn_list.h"

#include "formats.h"
#include "number_view.h"

namespace warp::api {
namespace {

constexpr std::array<std::string_view, 8> kStockColumns{"tn",    "type", "rate_center",  "locality",
                                                        "state", "lata", "monthly_rate", "setup_rate"};
constexpr std::size_t kLongestCell = 64;

}  // namespace

bool is_state(std::string_view text) {
  return text.size() == 2 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

struct StockCsvReader::Impl {
  Impl()
      : text(
            CsvCharacters::Text, [this](std::string_view line) { return take(line); },
            [this](TextFault fault, bool whole) {
              report("", std::move(fault));
              return !columns.empty() && !whole;
            }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool take(std::string_view line) {
    const bool head = columns.empty();
    if (head) separator = csv_separator(line);
    if (const auto fault = csv.split(line, separator); fault != CsvFault::None)
      report("", describe(fault));
    else if (head)
      take_head();
    else
      take_number();
    // Without a sound header each line would be reported for the same fault.
    return !(head && total > 0) && numbers.size() <= kMostStockLines;
  }

  void take_head() {
    for (const auto cell : csv.fields) {
      std::string name;
      for (const char c : trim(cell))
        name += ascii_lower(c);
      if (std::find(kStockColumns.begin(), kStockColumns.end(), name) == kStockColumns.end())
        report(shown(name), {"the column is not known", "see the columns in the operation's description"});
      if (std::find(columns.begin(), columns.end(), name) != columns.end())
        report(name, {"the column is there twice", "keep one of them"});
      columns.push_back(std::move(name));
    }
    if (std::find(columns.begin(), columns.end(), "tn") == columns.end())
      report("tn", {"the column is missing", "name the columns in the first line"});
  }

  void take_number() {
    if (csv.fields.size() != columns.size())
      return report("", {"the line has " + std::to_string(csv.fields.size()) + " fields, the header has " +
                             std::to_string(columns.size()),
                         "give every line a field for each column, empty ones too"});
    if (numbers.size() == kMostStockLines) {
      numbers.emplace_back();
      return report("", {"the file has more than 100,000 numbers", "split it"});
    }
    domain::StockNumber number;
    std::string type;
    for (std::size_t i = 0; i < columns.size(); ++i)
      take_cell(columns[i], std::string(trim(csv.fields[i])), number, type);
    if (number.e164.empty()) return;
    number.type = !type.empty() ? type : porting::is_toll_free(number.e164) ? "tfn" : "did";
    numbers.push_back(std::move(number));
  }

  void take_cell(const std::string& column, std::string value, domain::StockNumber& number,
                 std::string& type) {
    const auto wrong = [&](const char* problem, const char* cure) {
      report(column, {shown(value) + problem, cure});
    };
    if (value.size() > kLongestCell) return wrong(" is too long", "write at most 64 octets");
    if (column == "tn") {
      const auto e164 = e164_of(value);
      if (!e164) return wrong(" is no telephone number", "write it as +12125550100");
      number.e164 = *e164;
    } else if (column == "type") {
      if (!value.empty() && value != "did" && value != "tfn")
        return wrong(" is no kind of number", "write did or tfn, or nothing");
      type = std::move(value);
    } else if (column == "rate_center") {
      number.rate_center = std::move(value);
    } else if (column == "locality") {
      number.locality = std::move(value);
    } else if (column == "state") {
      if (!value.empty() && !is_state(value))
        return wrong(" is no state", "write its two capital letters, such as NY");
      number.state = std::move(value);
    } else if (column == "lata") {
      const auto lata = parse_number<std::uint16_t>(value, 1, 999);
      if (!value.empty() && !lata) return wrong(" is no LATA", "write its number, like 132");
      number.lata = lata.value_or(std::uint16_t{0});
    } else {
      const auto amount = value.empty() ? Money() : Money::parse(value).value_or(Money::from_nanos(-1));
      if (amount.nanos() < 0) return wrong(" is no price", "write a decimal of at least 0, such as 0.75");
      (column == "monthly_rate" ? number.monthly : number.setup) = amount;
    }
  }

  void report(std::string column, TextFault fault) {
    report_at(text.number(), std::move(column), std::move(fault));
  }
  void report_at(std::size_t line, std::string column, TextFault fault) {
    ++total;
    if (issues.size() < kMostStockIssues)
      issues.push_back({line, std::move(column), std::move(fault.problem), std::move(fault.cure)});
  }

  CsvText text;
  CsvLine csv;
  char separator = ',';
  std::vector<std::string> columns;
  std::vector<domain::StockNumber> numbers;
  std::vector<StockCsvError::Issue> issues;
  std::size_t total = 0;
};

StockCsvReader::StockCsvReader() : impl_(std::make_unique<Impl>()) {}
StockCsvReader::~StockCsvReader() = default;

void StockCsvReader::feed(std::string_view octets) {
  impl_->text.feed(octets);
}

bool StockCsvReader::stopped() const {
  return impl_->text.stopped();
}

Result<std::vector<domain::StockNumber>, StockCsvError> StockCsvReader::finish() {
  impl_->text.finish();
  if (impl_->total == 0 && impl_->numbers.empty())
    impl_->report_at(0, "", {"the file holds no numbers", "add a line for each"});
  if (impl_->total > 0) return StockCsvError{std::move(impl_->issues), impl_->total};
  return std::move(impl_->numbers);
}

}  // namespace warp::api

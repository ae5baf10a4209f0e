#include <algorithm>
#include <map>

#include "warp/base/text.h"
#include "warp/integrations/embedded_porting.h"
#include "warp/store/number_stock.h"

#include "embedded_tasks.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::StockNumber;
using domain::StockPage;

// First digits of the ZIP codes of each state, as ranges of three.
struct ZipRange {
  std::string_view state;
  int low, high;
};
constexpr ZipRange kZips[] = {
    {"AL", 350, 369}, {"AK", 995, 999}, {"AZ", 850, 865}, {"AR", 716, 729}, {"CA", 900, 961},
    {"CO", 800, 816}, {"CT", 60, 69},   {"DE", 197, 199}, {"DC", 200, 205}, {"DC", 569, 569},
    {"FL", 320, 349}, {"GA", 300, 319}, {"GA", 398, 399}, {"HI", 967, 968}, {"ID", 832, 838},
    {"IL", 600, 629}, {"IN", 460, 479}, {"IA", 500, 528}, {"KS", 660, 679}, {"KY", 400, 427},
    {"LA", 700, 714}, {"ME", 39, 49},   {"MD", 206, 219}, {"MA", 10, 27},   {"MA", 55, 55},
    {"MI", 480, 499}, {"MN", 550, 567}, {"MS", 386, 397}, {"MO", 630, 658}, {"MT", 590, 599},
    {"NE", 680, 693}, {"NV", 889, 898}, {"NH", 30, 38},   {"NJ", 70, 89},   {"NM", 870, 884},
    {"NY", 100, 149}, {"NY", 5, 5},     {"NY", 63, 63},   {"NC", 270, 289}, {"ND", 580, 588},
    {"OH", 430, 459}, {"OK", 730, 749}, {"OR", 970, 979}, {"PA", 150, 196}, {"RI", 28, 29},
    {"SC", 290, 299}, {"SD", 570, 577}, {"TN", 370, 385}, {"TX", 750, 799}, {"TX", 885, 885},
    {"UT", 840, 847}, {"VT", 50, 59},   {"VA", 201, 201}, {"VA", 220, 246}, {"WA", 980, 994},
    {"WV", 247, 268}, {"WI", 530, 549}, {"WY", 820, 831}};

bool zip_fits(std::string_view state, std::string_view zip) {
  const bool form = (zip.size() == 5 || (zip.size() == 10 && zip[5] == '-')) &&
                    std::all_of(zip.begin(), zip.end(), [](char c) { return is_digit(c) || c == '-'; });
  if (!form || !std::all_of(zip.begin(), zip.begin() + 5, is_digit)) return false;
  const int area = (zip[0] - '0') * 100 + (zip[1] - '0') * 10 + (zip[2] - '0');
  bool known = false;
  for (const auto& range : kZips) {
    if (range.state != state) continue;
    known = true;
    if (area >= range.low && area <= range.high) return true;
  }
  return !known;  // of territories the form is all that is checked
}

bool is_canadian(std::string_view code) {
  std::string plain;
  for (const char c : code)
    if (c != ' ') plain += c;
  if (plain.size() != 6) return false;
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (i % 2 == 0 ? ascii_lower(plain[i]) < 'a' || ascii_lower(plain[i]) > 'z' : !is_digit(plain[i]))
      return false;
  return true;
}

asio::awaitable<domain::PortResult<StockPage>> find(pg::Pool* pool, domain::StockWish wish) {
  store::NumberStockRepository repository(*pool);
  auto found = co_await repository.search(daemon_actor(), std::move(wish));
  if (!found) co_return unavailable(found.error());
  StockPage page;
  page.numbers = std::move(found->items);
  page.total = found->total;
  co_return page;
}

asio::awaitable<domain::PortResult<StockNumber>> one(pg::Pool* pool, std::string e164) {
  store::NumberStockRepository repository(*pool);
  auto found = co_await repository.available(daemon_actor(), std::move(e164));
  if (found) co_return std::move(*found);
  if (found.error().kind != store::ErrorKind::NotFound) co_return unavailable(found.error());
  co_return domain::PortError{domain::PortError::Kind::NotFound, "The number is not in the stock.", {}, {}};
}

}  // namespace

struct EmbeddedStock::Impl {
  Impl(pg::Pool& numbers, asio::any_io_executor executor, log::Logger& log)
      : pool(numbers), tasks(std::move(executor), report_to(log)) {}
  pg::Pool& pool;
  net::TaskGroup tasks;
};

EmbeddedStock::EmbeddedStock(pg::Pool& pool, asio::any_io_executor executor, log::Logger& log)
    : impl_(std::make_shared<Impl>(pool, std::move(executor), log)) {}

EmbeddedStock::~EmbeddedStock() = default;

void EmbeddedStock::search(domain::StockWish wish, domain::PortDone<StockPage> done) {
  answer_by(impl_->tasks, "stock.search", find(&impl_->pool, std::move(wish)), std::move(done));
}

void EmbeddedStock::reserve(std::string e164, std::string, domain::PortDone<StockNumber> done) {
  answer_by(impl_->tasks, "stock.reserve", one(&impl_->pool, std::move(e164)), std::move(done));
}

void EmbeddedStock::release(std::string, domain::PortDone<bool> done) {
  done(true);
}

void EmbeddedStock::validate_address(domain::StreetAddress address,
                                     domain::PortDone<domain::StreetAddress> done) {
  domain::PortDocument fields = domain::PortDocument::object();
  if (address.street.empty()) fields["civic.RD"] = "is needed with a postal code";
  if (address.city.empty()) fields["civic.A3"] = "is needed with a postal code";
  if (address.state.size() != 2) fields["civic.A1"] = "must be the two letters of the state or province";
  if (address.country == "US" && !zip_fits(address.state, address.zip))
    fields["civic.PC"] = "is no ZIP code of this state";
  if (address.country == "CA" && !is_canadian(address.zip))
    fields["civic.PC"] = "is no postal code of Canada";
  if (fields.empty()) return done(std::move(address));
  domain::PortError error{
      domain::PortError::Kind::Refused, "The address cannot be used; nothing was changed.", {}, {}};
  error.details["fields"] = std::move(fields);
  done(std::move(error));
}

void EmbeddedStock::publish_cnam(std::string, std::string, domain::PortDone<bool> done) {
  done(true);
}

asio::awaitable<void> EmbeddedStock::close() {
  return end_tasks(impl_->tasks);
}

}  // namespace warp::integrations

#include "warp/integrations/tincomply_checks.h"
#include "warp/porting/tn_list.h"

#include "embedded_tasks.h"
#include "tniq_text.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::PortDocument;
using domain::PortError;
using domain::StockNumber;
using domain::StockPage;

// An amount as a text, or as a number by its digits; never through a float.
Money amount_in(const PortDocument& row, const char* name) {
  if (!row.contains(name) || row[name].is_null()) return Money();
  const auto text = row[name].is_string() ? row[name].get<std::string>() : row[name].dump();
  const auto amount = Money::parse(text).value_or(Money());
  return amount.nanos() < 0 ? Money() : amount;
}

std::optional<StockNumber> read_number(const PortDocument& row) {
  StockNumber out;
  out.e164 = porting::nanp_of(tniq_text(row, "tn"));
  if (out.e164.empty()) return std::nullopt;
  out.type = porting::is_toll_free(out.e164) ? "tfn" : "did";
  out.rate_center = tniq_text(row, "rate_center").substr(0, 64);
  out.locality = tniq_text(row, "locality").substr(0, 64);
  const auto state = tniq_text(row, "state");
  if (state.size() == 2 && state.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == state.npos)
    out.state = state;
  if (row.contains("lata") && row["lata"].is_number_unsigned() && row["lata"].get<std::uint64_t>() < 1000)
    out.lata = row["lata"].get<std::uint16_t>();
  out.monthly = amount_in(row, "monthly_rate");
  out.setup = amount_in(row, "setup_rate");
  return out;
}

asio::awaitable<domain::PortResult<StockPage>> searched(TniqClient* client, domain::StockWish wish) {
  std::string path = "/inventory/search?type=" + http::percent_encode(wish.type) +
                     "&page=" + std::to_string(wish.page) + "&size=" + std::to_string(wish.size);
  const std::pair<const char*, const std::string*> filters[] = {{"npa", &wish.npa},
                                                                {"nxx", &wish.nxx},
                                                                {"state", &wish.state},
                                                                {"locality", &wish.locality},
                                                                {"rate_center", &wish.rate_center},
                                                                {"pattern", &wish.pattern},
                                                                {"last_4_prefix", &wish.last_4_prefix}};
  for (const auto& [name, value] : filters)
    if (!value->empty()) path += std::string("&") + name + "=" + http::percent_encode(*value);
  auto asking = client->ask(http::Method::Get, std::move(path), PortDocument());
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  StockPage page;
  const auto& rows = said->is_object() && said->contains("numbers") ? (*said)["numbers"] : *said;
  if (rows.is_array())
    for (const auto& row : rows)
      if (row.is_object())
        if (auto number = read_number(row)) page.numbers.push_back(std::move(*number));
  page.total = page.numbers.size();
  if (said->is_object() && said->contains("total") && (*said)["total"].is_number_unsigned())
    page.total = (*said)["total"].get<std::uint64_t>();
  co_return page;
}

asio::awaitable<domain::PortResult<StockNumber>> ordered(TniqClient* client, std::string e164,
                                                         std::string order) {
  PortDocument body;
  body["tn"] = e164.substr(e164.size() == 11 ? 1 : 0);
  body["order_id"] = order;
  auto asking = client->ask(http::Method::Post, "/inventory/orders", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said && said.error().kind == PortError::Kind::Conflict)
    co_return PortError{PortError::Kind::NotFound, "The number is taken.", {}, {}};
  if (!said) co_return said.error();
  auto number = said->is_object() ? read_number(*said) : std::nullopt;
  if (!number || number->e164 != e164)
    co_return PortError{PortError::Kind::Unavailable, "The provider gave another number.", {}, {}};
  co_return std::move(*number);
}

asio::awaitable<domain::PortResult<bool>> told(TniqClient* client, http::Method method, std::string path,
                                               PortDocument body) {
  auto asking = client->ask(method, std::move(path), std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  co_return true;
}

asio::awaitable<domain::PortResult<domain::StreetAddress>> checked(TniqClient* client,
                                                                   domain::StreetAddress address) {
  PortDocument body;
  body["street"] = address.street;
  body["unit"] = address.unit;
  body["city"] = address.city;
  body["state"] = address.state;
  body["zip"] = address.zip;
  body["country"] = address.country;
  auto asking = client->ask(http::Method::Post, "/e911/validate", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  co_return std::move(address);
}

asio::awaitable<domain::PortResult<PortDocument>> company_by(TniqClient* client, http::Method method,
                                                             std::string path, PortDocument body) {
  using Answer = domain::PortResult<PortDocument>;
  auto asking = client->ask(method, std::move(path), std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  PortDocument out;
  out["company_name"] = tniq_text(*said, "company_name");
  for (const char* name : {"ein", "street", "city", "state", "zip_code"}) {
    const auto text = tniq_text(*said, name);
    out[name] = text.empty() ? PortDocument() : PortDocument(text.substr(0, 256));
  }
  out["source"] = "tincomply";
  co_return Answer(boost::system::in_place_value, std::move(out));
}

asio::awaitable<domain::PortResult<bool>> matched(TniqClient* client, std::string tin, std::string name) {
  PortDocument body;
  body["tin"] = tin;
  body["company_name"] = name;
  auto asking = client->ask(http::Method::Post, "/verify-tin-name", std::move(body));
  const auto said = co_await std::move(asking);
  if (!said) co_return said.error();
  co_return tniq_flag(*said, "match");
}

std::string digits(const std::string& e164) {
  return e164.substr(e164.size() == 11 ? 1 : 0);
}

}  // namespace

void TniqStock::search(domain::StockWish wish, domain::PortDone<StockPage> done) {
  answer_by(client_.tasks(), "tniq.search", searched(&client_, std::move(wish)), std::move(done));
}

void TniqStock::reserve(std::string e164, std::string order, domain::PortDone<StockNumber> done) {
  answer_by(client_.tasks(), "tniq.order", ordered(&client_, std::move(e164), std::move(order)),
            std::move(done));
}

void TniqStock::release(std::string e164, domain::PortDone<bool> done) {
  auto asking = told(&client_, http::Method::Post, "/inventory/" + digits(e164) + "/release", PortDocument());
  answer_by(client_.tasks(), "tniq.release", std::move(asking), std::move(done));
}

void TniqStock::validate_address(domain::StreetAddress address,
                                 domain::PortDone<domain::StreetAddress> done) {
  answer_by(client_.tasks(), "tniq.address", checked(&client_, std::move(address)), std::move(done));
}

void TniqStock::publish_cnam(std::string e164, std::string name, domain::PortDone<bool> done) {
  PortDocument body;
  body["display_name"] = name;
  auto asking = told(&client_, http::Method::Put, "/cnam/" + digits(e164), std::move(body));
  answer_by(client_.tasks(), "tniq.cnam", std::move(asking), std::move(done));
}

void TincomplyChecks::company(domain::CompanyQuestion question, domain::PortDone<PortDocument> done) {
  PortDocument body;
  body["company_name"] = question.company_name;
  body["street"] = question.street;
  body["city"] = question.city;
  body["state"] = question.state;
  body["zip_code"] = question.zip_code;
  auto asking = company_by(&client_, http::Method::Post, "/lookup-company-details", std::move(body));
  answer_by(client_.tasks(), "tincomply.company", std::move(asking), std::move(done));
}

void TincomplyChecks::ein(std::string number, domain::PortDone<PortDocument> done) {
  auto asking = company_by(&client_, http::Method::Get, "/lookup-ein?ein=" + number, PortDocument());
  answer_by(client_.tasks(), "tincomply.ein", std::move(asking), std::move(done));
}

void TincomplyChecks::match(std::string tin, std::string company_name, domain::PortDone<bool> done) {
  answer_by(client_.tasks(), "tincomply.match", matched(&client_, std::move(tin), std::move(company_name)),
            std::move(done));
}

}  // namespace warp::integrations

#include "warp/base/text.h"
#include "warp/integrations/embedded_porting.h"
#include "warp/store/brands.h"

#include "embedded_tasks.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::PortDocument;
using domain::PortError;

constexpr pg::Query kCompanies{
    "integrations.entity.companies",
    "SELECT DISTINCT coalesce(fields ->> 'company_name', ''), coalesce(fields ->> 'ein', ''), "
    "coalesce(fields ->> 'street', ''), coalesce(fields ->> 'city', ''), coalesce(fields ->> 'state', ''), "
    "coalesce(fields ->> 'postal_code', '') FROM sms.brands WHERE CASE WHEN $1 <> '' THEN "
    "regexp_replace(fields ->> 'ein', '[^0-9]', '', 'g') = $1 ELSE lower(fields ->> 'company_name') = "
    "lower($2) END "
    "LIMIT 20"};

struct Company {
  std::string name, ein, street, city, state, zip;
};
using Companies = std::vector<Company>;

PortDocument null_or(const std::string& text) {
  return text.empty() ? PortDocument() : PortDocument(text);
}

std::string digits_of(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (is_digit(c)) out += c;
  return out;
}

PortDocument show(const Company& company) {
  PortDocument out;
  out["company_name"] = company.name;
  out["ein"] = null_or(digits_of(company.ein));
  out["street"] = null_or(company.street);
  out["city"] = null_or(company.city);
  out["state"] = null_or(company.state);
  out["zip_code"] = null_or(company.zip);
  out["source"] = "brands";
  return out;
}

asio::awaitable<domain::PortResult<Companies>> find(pg::Pool* pool, std::string ein, std::string name) {
  auto scope = pg::Scope::operators().by("warpd", "");
  const auto rows = co_await pool->query(std::move(scope), kCompanies, pg::Params::of(ein, name));
  if (!rows)
    co_return PortError{
        PortError::Kind::Unavailable, "The database does not answer.", {}, rows.error().message};
  Companies out;
  for (const auto row : *rows) {
    pg::RowReader reader(row);
    auto& company = out.emplace_back();
    for (auto* text :
         {&company.name, &company.ein, &company.street, &company.city, &company.state, &company.zip})
      reader.next(*text);
  }
  co_return out;
}

asio::awaitable<domain::PortResult<PortDocument>> first(pg::Pool* pool, std::string ein, std::string name,
                                                        std::string state) {
  using Answer = domain::PortResult<PortDocument>;
  auto finding = find(pool, std::move(ein), std::move(name));
  const auto found = co_await std::move(finding);
  if (!found) co_return found.error();
  for (const auto& company : *found)
    if (state.empty() || company.state.empty() || iequals(company.state, state))
      co_return Answer(boost::system::in_place_value, show(company));
  co_return PortError{PortError::Kind::NotFound, "No brand of this platform is that company.", {}, {}};
}

asio::awaitable<domain::PortResult<bool>> matches(pg::Pool* pool, std::string tin, std::string name) {
  auto finding = find(pool, std::move(tin), {});
  const auto found = co_await std::move(finding);
  if (!found) co_return found.error();
  bool match = false;
  for (const auto& company : *found)
    match = match || iequals(trim(company.name), trim(name));
  co_return match;
}

}  // namespace

struct EmbeddedChecks::Impl {
  Impl(pg::Pool& brands, asio::any_io_executor executor, log::Logger& log)
      : pool(brands), tasks(std::move(executor), report_to(log)) {}
  pg::Pool& pool;
  net::TaskGroup tasks;
};

EmbeddedChecks::EmbeddedChecks(pg::Pool& pool, asio::any_io_executor executor, log::Logger& log)
    : impl_(std::make_shared<Impl>(pool, std::move(executor), log)) {}

EmbeddedChecks::~EmbeddedChecks() = default;

void EmbeddedChecks::company(domain::CompanyQuestion question, domain::PortDone<PortDocument> done) {
  answer_by(impl_->tasks, "checks.company",
            first(&impl_->pool, {}, std::move(question.company_name), std::move(question.state)),
            std::move(done));
}

void EmbeddedChecks::ein(std::string digits, domain::PortDone<PortDocument> done) {
  answer_by(impl_->tasks, "checks.ein", first(&impl_->pool, std::move(digits), {}, {}), std::move(done));
}

void EmbeddedChecks::match(std::string tin, std::string company_name, domain::PortDone<bool> done) {
  answer_by(impl_->tasks, "checks.match", matches(&impl_->pool, std::move(tin), std::move(company_name)),
            std::move(done));
}

asio::awaitable<void> EmbeddedChecks::close() {
  return end_tasks(impl_->tasks);
}

}  // namespace warp::integrations

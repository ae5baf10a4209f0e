// /tincomply/…: what is known of companies and their tax numbers.
#include <algorithm>
#include <array>

#include "warp/base/text.h"

#include "port_work.h"

namespace warp::api {
namespace {

constexpr const char* kEntityChecksTag = "Entity checks";
constexpr const char* kScope = "messaging:read";

// What the IRS has given out as the first two digits.
constexpr std::array<std::string_view, 17> kNever{"00", "07", "08", "09", "17", "18", "19", "28", "29",
                                                  "49", "69", "70", "78", "79", "89", "96", "97"};

// Nine digits, one hyphen after the second allowed; empty: it has not that form.
std::string ein_digits(std::string_view text) {
  std::string out;
  text = trim(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' && i == 2) continue;
    if (!is_digit(text[i])) return {};
    out += text[i];
  }
  return out.size() == 9 ? out : std::string();
}

bool is_ein(const std::string& digits) {
  return digits.size() == 9 && std::find(kNever.begin(), kNever.end(), digits.substr(0, 2)) == kNever.end();
}

Failure from_checks(const domain::PortError& error, ErrorCode failed) {
  using Kind = domain::PortError::Kind;
  Failure failure{error.kind == Kind::Unavailable ? ErrorCode::TincomplyError : failed, error.message};
  if (error.kind == Kind::NotFound) failure = Failure{ErrorCode::NotFound, "Nobody knows such a company."};
  failure.internal = error.internal;
  return failure;
}

Failure no_provider() {
  return Failure{ErrorCode::TincomplyError, "This node knows no companies."};
}

std::string word_in(const Json& from, const char* name) {
  return std::string(trim(take<std::string>(from, name).value_or("")));
}

Answer company(Services& services, Call call) {
  domain::CompanyQuestion question;
  question.company_name = word_in(call.body, "company_name");
  question.street = word_in(call.body, "street");
  question.city = word_in(call.body, "city");
  question.state = word_in(call.body, "state");
  question.zip_code = word_in(call.body, "zip_code");
  if (question.company_name.empty()) co_return Failure{ErrorCode::CompanyNameRequired, ""};
  auto* checks = services.ports.entities;
  if (!checks) co_return no_provider();
  auto start = [checks, question](domain::PortDone<domain::PortDocument> done) {
    checks->company(question, std::move(done));
  };
  auto asking = ask_port<domain::PortDocument>(std::move(start));
  const auto said = co_await std::move(asking);
  if (!said) co_return from_checks(said.error(), ErrorCode::LookupFailed);
  co_return reply_with(*said);
}

Answer lookup_ein(Services& services, Call call) {
  const auto given = word_in(call.query, "ein");
  if (given.empty()) co_return Failure{ErrorCode::EinRequired, ""};
  const auto digits = ein_digits(given);
  if (!is_ein(digits)) co_return Failure{ErrorCode::InvalidEin, ""};
  auto* checks = services.ports.entities;
  if (!checks) co_return no_provider();
  auto start = [checks, digits](domain::PortDone<domain::PortDocument> done) {
    checks->ein(digits, std::move(done));
  };
  auto asking = ask_port<domain::PortDocument>(std::move(start));
  const auto said = co_await std::move(asking);
  if (!said) co_return from_checks(said.error(), ErrorCode::LookupFailed);
  co_return reply_with(*said);
}

Answer validate_ein(Services&, Call call) {
  const auto given = word_in(call.query, "ein");
  if (given.empty()) co_return Failure{ErrorCode::EinRequired, ""};
  Reply reply;
  reply.data["ein"] = given;
  reply.data["valid"] = is_ein(ein_digits(given));
  co_return reply;
}

Answer verify(Services& services, Call call) {
  const auto tin = ein_digits(word_in(call.body, "tin"));
  const auto name = word_in(call.body, "company_name");
  if (tin.empty()) co_return Failure{ErrorCode::InvalidTin, ""};
  if (name.empty()) co_return Failure{ErrorCode::CompanyNameRequired, ""};
  auto* checks = services.ports.entities;
  if (!checks) co_return no_provider();
  auto start = [checks, tin, name](domain::PortDone<bool> done) {
    checks->match(tin, name, std::move(done));
  };
  auto asking = ask_port<bool>(std::move(start));
  const auto said = co_await std::move(asking);
  if (!said) co_return from_checks(said.error(), ErrorCode::VerificationFailed);
  Reply reply;
  reply.data["tin"] = tin;
  reply.data["company_name"] = name;
  reply.data["match"] = *said;
  co_return reply;
}

Endpoint entity_endpoint(Services& services, http::Method method, const char* path, const char* summary,
                         Operation operation) {
  Endpoint out;
  out.method = method;
  out.path = std::string("/tincomply/") + path;
  out.summary = summary;
  out.tag = kEntityChecksTag;
  out.action = act(services, operation);
  out.scope = kScope;
  out.of_customer = true;
  out.etag = false;
  return out;
}

Schema company_schema() {
  return {"Company",
          {text("company_name"), text("ein").or_null(), text("street").or_null(), text("city").or_null(),
           text("state").or_null(), text("zip_code").or_null(),
           text("source").says("Who says so: `brands` of this platform, or a provider.")}};
}

}  // namespace

void add_entity_checks(EndpointTable& table, Services& services) {
  const Field ein = text("ein", 32).says("Nine digits, a hyphen after the second if you like.");
  auto details = entity_endpoint(services, http::Method::Post, "lookup-company-details",
                                 "A company by its name", company);
  details.body_kind = BodyKind::Json;
  details.body = {"CompanyQuestion",
                  {text("company_name", 256), text("street", 256), text("city", 128), text("state", 2),
                   text("zip_code", 10)}};
  details.body_error = ErrorCode::InvalidRequest;
  details.answer = company_schema();
  details.errors = {ErrorCode::CompanyNameRequired, ErrorCode::NotFound, ErrorCode::TincomplyError,
                    ErrorCode::LookupFailed};
  table.push_back(std::move(details));

  auto number =
      entity_endpoint(services, http::Method::Get, "lookup-ein", "A company by its EIN", lookup_ein);
  number.query = {ein};
  number.answer = company_schema();
  number.errors = {ErrorCode::EinRequired, ErrorCode::InvalidEin, ErrorCode::NotFound,
                   ErrorCode::TincomplyError, ErrorCode::LookupFailed};
  table.push_back(std::move(number));

  auto form = entity_endpoint(services, http::Method::Get, "validate-ein-format",
                              "Whether a number can be an EIN; nobody is asked", validate_ein);
  form.query = {ein};
  form.answer = {"EinFormat", {text("ein"), boolean("valid")}};
  form.errors = {ErrorCode::EinRequired};
  table.push_back(std::move(form));

  auto match = entity_endpoint(services, http::Method::Post, "verify-tin-name",
                               "Whether a name belongs to a tax number", verify);
  match.body_kind = BodyKind::Json;
  match.body = {"TinQuestion", {text("tin", 32), text("company_name", 256)}};
  match.body_error = ErrorCode::InvalidRequest;
  match.answer = {"TinMatch", {text("tin"), text("company_name"), boolean("match")}};
  match.errors = {ErrorCode::InvalidTin, ErrorCode::CompanyNameRequired, ErrorCode::TincomplyError,
                  ErrorCode::VerificationFailed};
  table.push_back(std::move(match));
}

}  // namespace warp::api

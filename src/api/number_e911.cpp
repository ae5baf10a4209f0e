// Where the caller of a number is when it calls for help.
#include <algorithm>

#include "warp/domain/numbers.h"
#include "warp/store/emergency_locations.h"

#include "formats.h"
#include "number_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

constexpr std::int64_t kLongestElement = 128;

Schema e911_schema() {
  return {"NumberE911",
          {text("tn"), free_object("civic"), text("callback_name"), instant("created_at"),
           instant("updated_at")}};
}

std::vector<Field> e911_body() {
  return {free_object("civic").needed().says("Elements of RFC 5139 by name, texts of at most 128 octets: "
                                             "country (two letters) and at least A1 or "
                                             "A3; RD or A6, STS, HNO, HNS, LOC, FLR, NAM, PC, …"),
          text("callback_name", 128).says("Who is asked for when the call is returned.")};
}

Failure wrong_civic(const std::string& element, const char* why) {
  Failure failure{ErrorCode::ValidationError, "The address cannot be used; nothing was changed."};
  failure.details["fields"]["civic." + element] = why;
  return failure;
}

// XML cannot hold them, however escaped.
bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<Failure> fault_of_civic(const Json& civic) {
  for (const auto& [name, value] : civic.items()) {
    const auto known = std::find(domain::kCivicElements.begin(), domain::kCivicElements.end(), name);
    if (known == domain::kCivicElements.end()) return wrong_civic(name, "is no element of RFC 5139");
    if (!value.is_string()) return wrong_civic(name, "must be a text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty() || text.size() > kLongestElement || has_control(text))
      return wrong_civic(name, "must be 1 to 128 octets without control characters");
  }
  const auto country = take<std::string>(civic, "country").value_or("");
  if (country.size() != 2 || country.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
    return wrong_civic("country", "must be the two letters of ISO 3166, in capitals");
  if (!has(civic, "A1") && !has(civic, "A3")) return wrong_civic("A3", "is needed when A1 is not given");
  return std::nullopt;
}

Reply location_shown(const store::EmergencyLocation& location) {
  Reply reply;
  reply.data["tn"] = shown_number(location.e164);
  reply.data["civic"] = parse_json(location.civic).value_or(Json::object());
  reply.data["callback_name"] = location.callback_name;
  reply.data["created_at"] = timestamp(location.created_at);
  reply.data["updated_at"] = timestamp(location.updated_at);
  return reply;
}

Failure from_location_store(const store::Error& error) {
  if (error.kind == store::ErrorKind::NotFound) return not_found("emergency location of the number");
  return from_store(error, "emergency location");
}

std::string element(const Json& civic, const char* name) {
  return take<std::string>(civic, name).value_or("");
}

// As an address on a letter, when it is one of North America with a postal code.
std::optional<domain::StreetAddress> street_of(const Json& civic) {
  domain::StreetAddress address;
  address.country = element(civic, "country");
  address.zip = element(civic, "PC");
  if ((address.country != "US" && address.country != "CA") || address.zip.empty()) return std::nullopt;
  const auto road = element(civic, "RD").empty() ? element(civic, "A6") : element(civic, "RD");
  for (const auto& part : {element(civic, "HNO"), element(civic, "PRD"), road, element(civic, "STS")})
    if (!part.empty()) address.street += (address.street.empty() ? "" : " ") + part;
  address.name = element(civic, "NAM");
  address.unit = element(civic, "UNIT");
  address.city = element(civic, "A3");
  address.state = element(civic, "A1");
  return address;
}

boost::asio::awaitable<std::optional<Failure>> judged(Services& services, Json civic) {
  auto* stock = services.ports.stock;
  const auto address = street_of(civic);
  if (!stock || !address) co_return std::nullopt;
  auto start = [stock, address = *address](domain::PortDone<domain::StreetAddress> done) {
    stock->validate_address(address, std::move(done));
  };
  auto asking = ask_port<domain::StreetAddress>(std::move(start));
  const auto said = co_await std::move(asking);
  if (said) co_return std::nullopt;
  if (said.error().kind != domain::PortError::Kind::Refused)
    co_return from_port(said.error(), "address", ErrorCode::TniqUpstreamError);
  Failure failure{ErrorCode::ValidationError, said.error().message};
  if (!said.error().details.is_null()) failure.details = said.error().details;
  co_return failure;
}

Answer get_location(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto found = co_await services.emergency_locations.get(call.actor(), *tn);
  if (!found) co_return from_location_store(found.error());
  co_return location_shown(*found);
}

Answer put_location(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto& civic = call.body["civic"];
  if (auto fault = fault_of_civic(civic)) co_return std::move(*fault);
  auto judging = judged(services, civic);
  if (auto fault = co_await std::move(judging)) co_return std::move(*fault);
  const auto name = take<std::string>(call.body, "callback_name").value_or("");
  const auto put = co_await services.emergency_locations.put(call.actor(), *tn, dump(civic), name);
  if (!put) co_return from_number_store(put.error());
  co_return location_shown(*put);
}

Answer delete_location(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto gone = co_await services.emergency_locations.remove(call.actor(), *tn);
  if (!gone) co_return from_location_store(gone.error());
  co_return no_content();
}

}  // namespace

void add_number_e911(EndpointTable& table, Services& services) {
  const std::string tag = "Numbers";
  const std::string path = "/numbers/{tn}/e911";
  table.push_back({.path = path,
                   .summary = "Where the caller of the number is, as emergency calls tell it",
                   .tag = tag,
                   .action = act(services, get_location),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .answer = e911_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Put,
       .path = path,
       .summary = "Register where the caller of the number is",
       .tag = tag,
       .action = act(services, put_location),
       .scope = "numbers:write",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberE911Body", e911_body()},
       .body_error = ErrorCode::InvalidRequest,
       .answer = e911_schema(),
       .errors = {ErrorCode::TnNotOwned, ErrorCode::ValidationError, ErrorCode::TniqUpstreamError}});
  table.push_back({.method = http::Method::Delete,
                   .path = path,
                   .summary = "Forget where the caller of the number is",
                   .tag = tag,
                   .action = act(services, delete_location),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api

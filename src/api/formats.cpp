#include "formats.h"

#include "warp/base/money.h"
#include "warp/base/text.h"
#include "warp/domain/address.h"

namespace warp::api {
namespace {

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr std::string_view kDigits = "0123456789";

}  // namespace

bool is_currency(std::string_view text) {
  return Currency::parse(text).has_value();
}

bool is_ip(std::string_view text) {
  return domain::IpAddress::parse(text).has_value();
}

bool is_cidr(std::string_view text) {
  return domain::Cidr::parse(text).has_value() && text.find('[') == std::string_view::npos;
}

Outcome<domain::Cidr> read_network(std::string_view text, std::string_view field) {
  const auto address = domain::IpAddress::parse(text.substr(0, text.find('/')));
  const auto cidr = domain::Cidr::parse(text);
  if (address && cidr && cidr->network == *address) return *cidr;
  Failure failure{ErrorCode::ValidationError, "Address and netmask are no network."};
  failure.details[std::string(field)] = text;
  if (address && cidr) {
    failure.message = std::string(text) + " has bits set beyond its length: write " + cidr->to_string() +
                      " for the network, or the address alone.";
    failure.details["network"] = cidr->to_string();
  }
  return failure;
}

Field source_port_field() {
  return integer("port", 1, 65'535).or_null().says("That requests must come from; null: any.");
}

Field source_transport_field() {
  return text("transport")
      .one_of({"UDP", "TCP", "TLS", "WS", "WSS"})
      .or_null()
      .says("That requests must come by; null: any.");
}

domain::SourceMatch read_match(const Json& body) {
  domain::SourceMatch match;
  match.port = take<std::uint16_t>(body, "port").value_or(0);
  if (const auto name = take<std::string>(body, "transport"))
    match.transport = domain::parse_sip_transport(*name);
  return match;
}

void show_match(Json& out, const domain::SourceMatch& match) {
  out["port"] = match.port == 0 ? Json() : Json(match.port);
  out["transport"] = match.transport ? Json(domain::to_string(*match.transport)) : Json();
}

bool is_prefix(std::string_view text) {
  return text.size() <= 15 && all_of(text, kDigits);
}

bool is_dial_digits(std::string_view text) {
  return text.size() <= 15 && all_of(text, "0123456789*#+");
}

bool is_number(std::string_view text) {
  return e164_of(text).has_value();
}

std::optional<std::string> e164_of(std::string_view text) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  if (text.empty() || !all_of(text, kDigits) || text.front() == '0') return std::nullopt;
  if (plus) return text.size() >= 7 && text.size() <= 15 ? std::optional(std::string(text)) : std::nullopt;
  if (text.size() == 10) return "1" + std::string(text);
  if (text.size() == 11 && text.front() == '1') return std::string(text);
  return std::nullopt;
}

std::string shown_number(std::string_view e164) {
  if (e164.size() == 11 && e164.front() == '1') return std::string(e164.substr(1));
  return "+" + std::string(e164);
}

const std::vector<std::string>& number_classes() {
  static const std::vector<std::string> kClasses{"local", "tollfree", "domestic", "international",
                                                 "emergency"};
  return kClasses;
}

Field name_field() {
  return text("name").between(1, 128);
}

Field description_field() {
  return text("description", 1024);
}

}  // namespace warp::api

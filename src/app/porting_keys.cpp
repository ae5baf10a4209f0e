#include "warp/domain/address.h"
#include "warp/http/url.h"

#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

void check_provider(const PortingConfig::Provider& provider, const std::string& key, const std::string& file,
                    std::vector<ConfigFault>& faults) {
  check_readable(provider.ca_file, key + ".ca_file", file, faults);
  if (provider.url.empty()) return;
  const auto url = http::Url::parse(provider.url);
  if (!url) {
    faults.push_back({file, 0, key + ".url", "is no http or https URL", "write https://host/path"});
    return;
  }
  const auto ip = domain::IpAddress::parse(url->host);
  const bool here = url->host == "localhost" ||
                    (ip && (ip->v6 ? *ip == *domain::IpAddress::parse("::1") : ip->bytes[0] == 127));
  if (!url->secure && !here)
    faults.push_back({file, 0, key + ".url", "would send the token in the clear", "write https://"});
  if (url->target.find('?') != std::string::npos)
    faults.push_back({file, 0, key + ".url", "has a query", "end it with the path"});
}

}  // namespace

std::vector<Key> porting_keys(Config& c) {
  using enum Applies;
  auto& p = c.porting;
  return {
      text_key("porting.company", p.company, Restart, "who gets the numbers, in letters of authorisation"),
      text_key("porting.own_spid", p.own_spid, Restart,
               "service provider id of numbers that are customers' here: four digits or capitals"),
      duration_key("porting.interval", p.interval, {100, 600'000}, Restart,
                   "how often port requests are looked at that move by themselves"),
      flag_key(
          "porting.embedded.automatic", p.embedded.automatic, Restart,
          "without a provider: let the clock answer for the other carriers, as on a test system; else an "
          "operator says what they said"),
      duration_key("porting.embedded.step", p.embedded.step, {1'000, 86'400'000}, Restart,
                   "how long the clock takes for an answer"),
      number_key("porting.embedded.business_days", p.embedded.business_days, {0, 60}, Restart,
                 "business days from the order to the date that the clock sets"),
      text_key(
          "porting.tniq.url", p.tniq.url, Restart,
          "base URL of the provider of numbers and portability; http:// on this machine alone. Empty: the "
          "platform's own stock and desk"),
      secret_key("porting.tniq.token", p.tniq.token, "API token there, as {file: PATH} or {env: NAME}"),
      duration_key("porting.tniq.timeout", p.tniq.timeout, {100, 25'000}, Restart,
                   "how long it may take to answer"),
      text_key("porting.tniq.ca_file", p.tniq.ca_file, Restart,
               "PEM file of the authorities that its certificate must come from; empty: the system's"),
      duration_key("porting.tniq.poll_interval", p.poll_interval, {1'000, 3'600'000}, Restart,
                   "how often it is asked what has become of ports"),
      text_key("porting.tincomply.url", p.tincomply.url, Restart,
               "base URL of the provider of company data; http:// on this machine alone. Empty: what the "
               "platform's own brands say"),
      secret_key("porting.tincomply.token", p.tincomply.token,
                 "API token there, as {file: PATH} or {env: NAME}"),
      duration_key("porting.tincomply.timeout", p.tincomply.timeout, {100, 25'000}, Restart,
                   "how long it may take to answer"),
      text_key("porting.tincomply.ca_file", p.tincomply.ca_file, Restart,
               "PEM file of the authorities that its certificate must come from; empty: the system's"),
  };
}

void check_porting(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  check_provider(c.porting.tniq, "porting.tniq", file, faults);
  check_provider(c.porting.tincomply, "porting.tincomply", file, faults);
  const auto& spid = c.porting.own_spid;
  if (spid.size() != 4 || spid.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
    faults.push_back({file, 0, "porting.own_spid", "is no SPID", "write four digits or capitals"});
}

void tell_porting(const Config& c, api::Settings& settings) {
  settings.porting.company = c.porting.company;
}

}  // namespace warp::app

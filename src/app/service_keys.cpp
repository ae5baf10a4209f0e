#include "warp/domain/address.h"
#include "warp/http/url.h"

#include "app/capture_unit.h"
#include "app/config_values.h"
#include "app/emergency_settings.h"
#include "app/key_sections.h"
#include "app/stir_unit.h"

namespace warp::app {

std::vector<Key> emergency_keys(Config& c) {
  using enum Applies;
  return {
      text_key("emergency.numbers", c.emergency.numbers, Restart,
               "numbers that call for help, as they are dialled, with blanks between; such calls pass every "
               "limit"),
      text_key("emergency.countries", c.emergency.countries, Restart,
               "further ones of trunks with that country code, such as 44:999 61:000"),
      text_key("emergency.partition", c.emergency.partition, Restart,
               "name or id of the partition whose providers take emergency calls, in the order of its "
               "routes; empty: "
               "they are refused with EMERGENCY_NOT_CONFIGURED"),
  };
}

std::vector<Key> stir_keys(Config& c) {
  using enum Applies;
  return {
      text_key("stir.signing.key_file", c.stir.signing.key_file, Live,
               "PEM key (P-256) that calls are signed with (STIR/SHAKEN); empty: none is. This file and the "
               "next are read again on SIGHUP"),
      text_key("stir.signing.certificate_file", c.stir.signing.certificate_file, Live,
               "PEM chain of its certificate, as it is published"),
      text_key("stir.signing.x5u", c.stir.signing.x5u, Live, "https URL at which everybody gets that chain"),
      text_key(
          "stir.trust_file", c.stir.trust_file, Live,
          "PEM certificates of the authorities whose signers are believed (the STI-PA's list); empty: no "
          "Identity is verified. Read again on SIGHUP"),
      duration_key("stir.freshness", c.stir.freshness, {1'000, 10 * 60'000}, Restart,
                   "how old, or how far ahead, a signature may be (RFC 8224: 60 s)"),
      duration_key("stir.fetch.timeout", c.stir.fetch.timeout, {100, 10'000}, Restart,
                   "how long a call waits for a certificate that is not known yet"),
      text_key(
          "stir.fetch.ca_file", c.stir.fetch.ca_file, Restart,
          "PEM file of the authorities of the web servers that certificates are fetched from; empty: the "
          "system's"),
      flag_key("stir.fetch.allow_private", c.stir.fetch.allow_private, Restart,
               "certificates may be fetched from private and loopback addresses: for laboratories"),
      flag_key("stir.fetch.any_port", c.stir.fetch.any_port, Restart,
               "certificates may be fetched from other ports than 443 and 8443: for laboratories"),
  };
}

std::vector<Key> capture_keys(Config& c) {
  using enum Applies;
  return {
      text_key(
          "capture.targets", c.capture.targets, Restart,
          "capture servers that get all signalling as HEP version 3: udp://host:port, tcp://host:port or "
          "tls://host:port, separated by blanks; empty: none"),
      number_key("capture.capture_id", c.capture.capture_id, {0, 0xffff'ffff}, Restart,
                 "number of this node in what it sends them"),
      secret_key("capture.auth_key", c.capture.auth_key,
                 "key that they know this node by, as {file: PATH} or {env: NAME}"),
      number_key("capture.sampling", c.capture.sampling, {0, 100}, Restart,
                 "percent of calls that are captured, of those that their trunks let"),
      text_key("capture.ca_file", c.capture.ca_file, Restart,
               "PEM file of the authorities of TLS targets; empty: the system's"),
  };
}

std::vector<Key> registry_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      text_key(
          "integrations.tcr.url", c.integrations.tcr.url, Restart,
          "base URL of The Campaign Registry's API for service providers; http:// on this machine alone"),
      secret_key("integrations.tcr.key", c.integrations.tcr.key,
                 "API key of the account there, as {file: PATH} or {env: NAME}; without it campaigns are "
                 "registered on this site alone, and operators decide about them"),
      secret_key("integrations.tcr.secret", c.integrations.tcr.secret, "secret that belongs to that key"),
      duration_key("integrations.tcr.timeout", c.integrations.tcr.timeout, {100, 60'000}, Restart,
                   "how long one request there may take, connection included"),
      duration_key("integrations.tcr.poll_interval", c.integrations.tcr.poll_interval, {1'000, 24 * kHour},
                   Restart, "how often it is asked about what is not decided; about the rest, 24 times less"),
      text_key("integrations.tcr.partner", c.integrations.tcr.partner, Restart,
               "id of the connectivity partner that campaigns are shared with when the customer names none"),
      text_key("integrations.tcr.webhook_url", c.integrations.tcr.webhook_url, Restart,
               "address of this daemon's POST /callbacks/tcr as the registry reaches it; its signatures "
               "cover it, and its events are subscribed to at the start. Empty: polling alone"),
      secret_key("integrations.tcr.webhook_secret", c.integrations.tcr.webhook_secret,
                 "what its events are signed with, when that is not integrations.tcr.secret"),
      text_key("integrations.tcr.ca_file", c.integrations.tcr.ca_file, Restart,
               "PEM file of the authorities that its certificate must come from; empty: the system's"),
  };
}

void check_emergency(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto settings = emergency_settings(c);
  if (!settings)
    faults.push_back({file, 0, settings.error().key, settings.error().problem, settings.error().cure});
}

// Whether key and certificate fit each other, and the trust list is one.
void check_stir(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& signing = c.stir.signing;
  const bool any = !signing.key_file.empty() || !signing.certificate_file.empty() || !signing.x5u.empty();
  if (any && (signing.key_file.empty() || signing.certificate_file.empty() || signing.x5u.empty())) {
    faults.push_back({file, 0, "stir.signing", "is not complete",
                      "give key_file, certificate_file and x5u, or none of them"});
    return;
  }
  const auto loaded = integrations::StirMaterial::load(stir_files(c));
  if (!loaded)
    faults.push_back({file, 0, "stir", "cannot be used: " + loaded.error(),
                      "see docs/sip/stir-shaken.md for what the files must hold"});
}

void check_capture(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  if (!capture_targets(c.capture.targets))
    faults.push_back({file, 0, "capture.targets", "has something that is no target",
                      "write udp://host:port, tcp://host:port or tls://host:port, with blanks between"});
}

void check_registry(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& tcr = c.integrations.tcr;
  const auto fault = [&](const char* key, const char* problem, const char* cure) {
    faults.push_back({file, 0, key, problem, cure});
  };
  check_readable(tcr.ca_file, "integrations.tcr.ca_file", file, faults);
  if (tcr.key.value.empty() != tcr.secret.value.empty())
    fault("integrations.tcr", "has a key without its secret, or a secret without its key",
          "give both or neither");
  const auto url = http::Url::parse(tcr.url);
  if (!url) return fault("integrations.tcr.url", "is no http or https URL", "write https://host/path");
  const auto ip = domain::IpAddress::parse(url->host);
  const bool here = url->host == "localhost" ||
                    (ip && (ip->v6 ? *ip == *domain::IpAddress::parse("::1") : ip->bytes[0] == 127));
  if (!url->secure && !here)
    fault("integrations.tcr.url", "would send the key in the clear", "write https://");
  if (!tcr.webhook_url.empty() && !http::Url::parse(tcr.webhook_url))
    fault("integrations.tcr.webhook_url", "is no http or https URL", "write https://host/callbacks/tcr");
}

}  // namespace warp::app

// Settings of the API. Defaults stand here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "warp/api/rate_limiter.h"
#include "warp/api/settings/identity.h"
#include "warp/api/settings/live.h"
#include "warp/api/settings/porting.h"
#include "warp/api/settings/reference.h"
#include "warp/api/settings/requests.h"
#include "warp/api/settings/trail.h"
#include "warp/api/settings/webhooks.h"
#include "warp/billing/render.h"
#include "warp/http/client.h"

namespace warp::api {

// One of our SIP addresses, as customers are told: GET /network/ingress-ips.
struct IngressAddress {
  std::string transport;  // UDP, TCP, TLS
  std::string host;
  std::vector<std::string> ips;
  std::uint16_t port = 5060;
};

// Where calls from the platform come from: GET /network/vendor-ips.
struct VendorAddress {
  std::string ip;
  int netmask = 32;
  std::string description;
};

// What attachments customers may hand in.
struct MediaSettings {
  std::vector<std::string> types{"image/jpeg", "image/png",     "image/gif",      "image/webp", "video/mp4",
                                 "video/3gpp", "audio/mpeg",    "audio/amr",      "audio/mp4",  "text/plain",
                                 "text/vcard", "text/calendar", "application/pdf"};
  std::uint64_t part_octets = 5 << 20, total_octets = 20 << 20;
  std::size_t parts = 10;
  std::string link_key;                       // of public addresses; empty: none is good
  std::chrono::seconds kept{30 * 24 * 3600};  // what a message has taken along
  std::chrono::seconds unused_kept{24 * 3600};
  http::ClientSettings fetch;
  std::chrono::milliseconds fetch_timeout{10'000};
  unsigned redirects = 3;
};

struct Settings {
  // A key that is good for everything and is in no database: so that a fresh system can be provisioned.
  // Empty: none. At least 24 octets.
  std::string bootstrap_key;
  RateLimit key_rate;                             // a credential
  RateLimit customer_rate{1'000, 2'000};          // all credentials of a customer together
  RateLimit failure_rate{1, 20};                  // failed authentications, an address
  std::size_t remembered = 10'000;                // keys and addresses, each
  std::chrono::milliseconds key_cache_ttl{1000};  // until a revoked key is refused
  std::chrono::seconds last_used_interval{30};    // between writes of last_used_at
  bool require_step_up = false;                   // refuse what needs a second factor to keys not exempt
  std::chrono::seconds step_up_window{10 * 60};   // how long a session's second factor counts
  std::vector<std::string> allowed_origins;       // CORS, exact; empty: off
  std::vector<IngressAddress> ingress;
  std::vector<VendorAddress> vendor;
  std::size_t import_limit = 256 * 1024 * 1024;       // octets of a rate deck
  std::string import_folder;                          // of decks that are imported by jobs; empty: none are
  std::size_t import_file_limit = 512 * 1024 * 1024;  // octets of such a deck
  std::string node;                                   // whose jobs these are
  std::uint32_t export_limit = 10'000;                // rows of a CDR export
  MediaSettings media;
  billing::Branding branding;        // of invoices
  std::string connectivity_partner;  // whom campaigns are shared with; empty: not configured
  std::string version = "0.1.0";     // in the OpenAPI document
  IdentitySettings identity;
  TrailSettings trail;
  RequestSettings requests;
  PortingSettings porting;
  LiveSettings live;
  WebhookSettings webhooks;
  ReferenceSettings reference;
};

}  // namespace warp::api

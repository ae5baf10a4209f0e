// Config: everything that warpd is told at start, as plain values. Defaults stand here and nowhere else; what
// a key means, its bounds and whether SIGHUP changes it stand in the *_keys.cpp of its topic.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/log.h"
#include "warp/billing/render.h"
#include "warp/calls/overload.h"
#include "warp/domain/address.h"
#include "warp/media/kernel_settings.h"
#include "warp/sip/transport/tls.h"
#include "warp/sip/transport/transports.h"

#include "app/config_identity.h"
#include "app/config_live.h"
#include "app/config_porting.h"
#include "app/config_recordings.h"
#include "app/config_reference.h"
#include "app/config_requests.h"
#include "app/config_trail.h"
#include "app/config_webhooks.h"
#include "app/secret.h"

namespace warp::app {

struct Listener {
  domain::SocketAddress bind;
  // What peers are told; this or a name is needed when bind is unspecified. Port 0: the bound one.
  std::optional<domain::SocketAddress> advertise;
  domain::SipTransport transport = domain::SipTransport::Udp;
  std::vector<std::string> tls_profiles{};  // names; the first is the one without SNI
  std::string advertise_name{};             // a host name, perhaps with a port, instead of `advertise`
  std::vector<domain::Cidr> peers{};        // whom calls go out to by it; empty: whom no other has
  std::string media{};  // MediaInterface::name of the legs that go by it; empty: the first one's
};

// Those of one name are one network: at most one of each family.
struct MediaInterface {
  domain::IpAddress bind;
  std::optional<domain::IpAddress> advertise{};
  std::string name{};
};

struct SmppListener {
  domain::SocketAddress bind;
  std::string certificate_file, key_file;  // both: TLS; neither: plain
  std::string client_ca_file;              // of those who may bind, with TLS; empty: no certificate is asked
};

struct Config {
  log::Settings log;

  struct Sip {
    std::uint32_t shards = 2;
    std::vector<Listener> listeners{{domain::SocketAddress{domain::IpAddress::v4(0x7f000001), 5060}, {}}};
    std::string server_name = "WARP";
    std::uint32_t max_calls = 100'000;
    std::uint32_t max_transactions = 200'000;
    std::chrono::milliseconds t1{500};
    std::uint32_t coalesce_calls_us = 0, coalesce_others_us = 20'000;
    struct Protection {
      bool enabled = true;
      std::string allowed;  // networks, separated by blanks
      std::string scanners = "friendly-scanner sipvicious sipcli pplsip sip-scan sundayddr siparmyknife";
      std::uint32_t ban_score = 50;
      std::chrono::seconds score_half_life{60}, ban_time{300}, longest_ban{24 * 3600};
      std::uint32_t requests_per_second = 20, strangers_per_second = 500;
      bool share_bans = true;
    } protection;
    calls::OverloadSettings overload;
    sip::LargeRequests large_requests = sip::LargeRequests::Tcp;
    std::vector<sip::TlsProfile> tls_profiles;
    struct Streams {
      std::uint32_t max_connections = 20'000, max_connections_per_source = 2'000;
      std::uint32_t write_queue_octets = 1 << 20;
      std::chrono::milliseconds connect_timeout{4'000}, handshake_timeout{10'000};
      std::chrono::milliseconds first_message_timeout{30'000}, message_timeout{10'000};
      std::chrono::seconds idle_timeout{15 * 60}, ping_interval{120};
      std::chrono::milliseconds pong_timeout{10'000};
      std::string origins;
    } streams;
    struct Auth {
      std::string realm = "warp";
      Secret nonce_key;
      std::chrono::seconds nonce_lifetime{300};
      std::string algorithms = "SHA-256 MD5";
    } auth;
  } sip;

  struct Registrar {
    bool enabled = true;
    std::chrono::seconds expiry{600};
    std::chrono::seconds flow_timer{120};
  } registrar;

  struct Dns {
    std::vector<domain::SocketAddress> servers;
    std::chrono::milliseconds timeout{1'000};
    std::uint32_t tries = 2;
    std::chrono::milliseconds call_wait{2'500}, stale_wait{500};
    std::string hosts_file = "/etc/hosts";
    struct Cache {
      std::uint32_t entries = 10'000;
      std::chrono::seconds least_ttl{1}, most_ttl{3'600}, most_negative_ttl{60}, stale{24 * 3'600}, retry{5};
    } cache;
  } dns;

  struct Limits {
    struct Cluster {
      bool enabled = true;
      std::chrono::milliseconds interval{200}, life{2'000};
    } cluster;
    std::chrono::seconds audit_interval{30};
  } limits;

  struct Media {
    std::uint32_t workers = 2;
    std::vector<MediaInterface> interfaces{{domain::IpAddress::v4(0x7f000001), {}}};
    std::uint32_t port_from = 10'000;
    std::uint32_t port_to = 60'000;
    std::chrono::milliseconds port_reuse_delay{5'000};
    std::uint32_t ready_pairs = 256;  // bound ahead, so that a call set-up opens no socket
    std::uint32_t coalesce_us = 1'000;
    std::uint32_t realtime_priority = 0;
    std::string clips;
    std::uint32_t refusal_clips_at_once = 200;
    struct Quality {
      std::chrono::milliseconds stretch{5'000}, one_way_after{10'000}, silent_after{30'000};
    } quality;
    media::KernelSettings kernel;
  } media;

  struct Postgres {
    std::string dsn = "host=/run/postgresql dbname=warp user=warpd";
    Secret password;
    std::uint32_t pool_size = 8;
    std::string migration_dsn;  // empty: the same as dsn
  } postgres;

  struct Redis {
    std::string url = "unix:///run/redis/redis.sock";
    Secret password;
    struct Tls {
      bool enabled = false;  // rediss:// in the URL says the same
      std::string ca_file, certificate_file, key_file, server_name;
    } tls;
  } redis;

  struct Records {
    std::string journal_dir = "/var/lib/warp/journal";
    std::uint64_t segment_octets = 64ull << 20;
    std::chrono::milliseconds ship_interval{200};
    std::uint32_t ship_batch = 1'000;
  } records;

  struct Calls {
    std::chrono::milliseconds recovery_window{5'000};
  } calls;

  struct RecordArchive {
    std::string folder;  // empty: nothing leaves the database
    std::chrono::seconds keep{400 * 86'400}, keep_files{7 * 366 * 86'400};
    bool delete_files = false;
  } record_archive;

  struct Routing {
    std::chrono::seconds reconcile_interval{30};
  } routing;

  struct Quality {
    std::chrono::seconds interval{30};
  } quality;

  struct Emergency {
    std::string numbers = "911 112 933";
    std::string countries;  // "44:999 61:000"
    std::string partition;
  } emergency;

  struct Smpp {
    bool enabled = true;
    std::string system_id = "WARP";
    std::vector<SmppListener> listeners{
        {domain::SocketAddress{domain::IpAddress::v4(0x7f000001), 2775}, {}, {}, {}}};
    std::uint32_t max_connections = 4'096;
    std::uint32_t max_unbound_per_source = 16;
    std::chrono::milliseconds session_init{10'000};
    std::uint32_t bind_failures = 10;
    std::chrono::milliseconds bind_failure_refill{6'000};
  } smpp;

  struct Messaging {
    std::string node = "warpd";
    std::uint32_t pool_size = 4;
    std::uint32_t max_messages = 2'000'000;
    std::chrono::seconds default_validity{48 * 3600}, longest_validity{7 * 24 * 3600};
    std::chrono::seconds receipt_timeout{72 * 3600};
    std::chrono::seconds reroute_after{30};
    std::uint32_t breaker_failures = 10;
    std::chrono::seconds breaker_rest{30};
    std::chrono::seconds delivery_give_up{72 * 3600};
    std::uint32_t owed_in_memory = 10'000;
    std::chrono::seconds reconcile_interval{60};
    std::chrono::milliseconds drain_timeout{10'000};
    struct Retention {
      std::uint32_t days = 30, text_days = 30;
      std::chrono::seconds references{72 * 3600};
    } retention;
    struct Archive {
      std::string folder;  // empty: none, and nothing is dropped
      bool with_text = false;
    } archive;
    struct Replies {
      std::string stop, start, help;  // empty: none is sent
    } replies;
    struct Webhooks {
      std::uint32_t at_once = 64;
      std::chrono::milliseconds timeout{15'000};
      std::string ca_file;  // empty: the system's
      bool allow_http = false, allow_private = false;
    } webhooks;
    struct Mm4 {
      bool enabled = false;
      std::vector<SmppListener> listeners{
          {domain::SocketAddress{domain::IpAddress::v4(0x7f000001), 2525}, {}, {}, {}}};
      std::string domain = "localhost";
      bool implicit_tls = false, require_tls = false;
      std::string login;
      Secret password;
      std::uint32_t max_mail_octets = 10 << 20;
      std::uint32_t max_connections = 256, max_connections_per_source = 32;
    } mm4;
    struct Media {
      std::string public_url;  // of the API, as the world reaches it; empty: attachments have no addresses
      Secret link_key;         // signs them
      std::chrono::seconds link_life{7 * 24 * 3600};
      std::string types =
          "image/jpeg image/png image/gif image/webp video/mp4 video/3gpp audio/mpeg audio/amr audio/mp4 "
          "text/plain text/vcard text/calendar application/pdf";
      std::uint32_t part_octets = 5 << 20, total_octets = 20 << 20, parts = 10;
      std::chrono::seconds kept{30 * 24 * 3600}, unused_kept{24 * 3600};
      std::chrono::milliseconds fetch_timeout{10'000};
    } media;
    struct Rcs {
      bool allow_http = false;
    } rcs;
  } messaging;

  struct Charging {
    std::string node;  // empty: messaging.node
    std::chrono::seconds reserve{60};
    std::chrono::milliseconds renew_before{5'000}, warn_before{0};
    std::chrono::milliseconds grant_timeout{500};
    std::string least_lease = "1.00";
    std::chrono::milliseconds give_back_interval{10'000};
    std::chrono::seconds dead_node_grace{3'600};
  } charging;

  struct Stir {
    struct Signing {
      std::string key_file, certificate_file, x5u;  // all or none
    } signing;
    std::string trust_file;  // empty: nothing is verified
    std::chrono::seconds freshness{60};
    struct Fetch {
      std::chrono::milliseconds timeout{2'000};
      std::string ca_file;  // empty: the system's
      bool allow_private = false, any_port = false;
    } fetch;
  } stir;

  struct Capture {
    std::string targets;  // separated by blanks; empty: none
    std::uint32_t capture_id = 2'001;
    Secret auth_key;
    std::uint32_t sampling = 100;
    std::string ca_file;  // empty: the system's
  } capture;

  struct Integrations {
    struct Tcr {
      std::string url = "https://csp-api.campaignregistry.com/v2";
      Secret key, secret;  // no key: campaigns are this site's own
      std::chrono::milliseconds timeout{8'000};
      std::chrono::seconds poll_interval{300};
      std::string partner;
      std::string webhook_url;
      Secret webhook_secret;
      std::string ca_file;  // empty: the system's
    } tcr;
  } integrations;

  struct Numbers {
    struct Telique {
      std::string url;  // empty: nothing is looked up
      Secret token;
      std::chrono::milliseconds timeout{800};
      std::uint32_t calls_per_second = 200, connections = 16;
      std::chrono::seconds cache{15 * 60}, cnam_cache{24 * 3600};
      std::uint32_t cache_entries = 1 << 20;
      std::uint32_t breaker_failures = 5;
      std::chrono::milliseconds breaker_rest{15'000};
      std::string ca_file;  // empty: the system's
    } telique;
  } numbers;

  struct Rating {
    std::string base_currency = "USD";
    std::string import_folder = "/var/lib/warp/imports";
  } rating;

  struct Api {
    domain::SocketAddress bind{domain::IpAddress::v4(0x7f000001), 8443};
    std::string tls_certificate_file, tls_key_file;  // both or neither
    Secret bootstrap_key;
    std::uint32_t requests_per_second = 200;  // a key
  } api;

  struct Health {
    domain::SocketAddress bind{domain::IpAddress::v4(0), 8080};
  } health;

  struct Metrics {
    domain::SocketAddress bind{domain::IpAddress::v4(0), 2112};
  } metrics;

  struct Billing {
    bool enabled = true;
    std::uint32_t close_hour = 2;
    std::chrono::seconds interval{30}, settle_time{300};
    billing::Branding branding;
  } billing;

  struct Lifecycle {
    std::chrono::seconds drain_timeout{300};
  } lifecycle;

  IdentityConfig identity;
  TrailConfig trail;
  RequestsConfig requests;
  PortingConfig porting;
  LiveConfig live;
  WebhooksConfig webhooks;
  ReferenceConfig reference;
  RecordingsConfig recordings;
};

}  // namespace warp::app

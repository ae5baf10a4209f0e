#include "app/config_keys.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <unistd.h>

#include "warp/http/url.h"
#include "warp/redis/url.h"
#include "warp/sip/auth/digest.h"

#include "app/capture_unit.h"
#include "app/config_values.h"
#include "app/emergency_settings.h"
#include "app/media_settings.h"
#include "app/sip_keys.h"
#include "app/stir_unit.h"

namespace warp::app {

namespace {

std::vector<Key> listed_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      format_key("log.format", c.log.format, "text for people, json for machines"),
      level_key("log.level", c.log.level, Live,
                "the least level that is written: debug, info, warning, error"),
      text_key("log.file", c.log.file, Restart,
               "a file to write to (reopened on SIGHUP, for rotation); empty: standard error"),

      number_key("sip.shards", c.sip.shards, {1, 64}, Restart,
                 "signalling threads; a call lives on one of them. One a core that signalling may use"),
      listeners_key(
          "sip.listeners", c.sip.listeners,
          "addresses that SIP is taken on, IPv4 or IPv6, each with its transport (UDP, TCP, TLS, "
          "WS, WSS; none: "
          "UDP), the address or host name that peers are told (advertise; needed behind NAT and for "
          "0.0.0.0 or "
          "::), for TLS "
          "and WSS its tls_profile, or several to be picked by SNI, the name of the media "
          "interface that "
          "calls by it use (media; none: the first), and the networks that calls go out by it to "
          "(peers; none: all that no other listener names)"),
      text_key("sip.server_name", c.sip.server_name, Restart,
               "what User-Agent and Server say; empty: neither is sent"),
      number_key("sip.max_calls", c.sip.max_calls, {1, 10'000'000}, Live,
                 "calls at once in this process; above it 503 with the reason OVERLOADED"),
      number_key("sip.max_transactions", c.sip.max_transactions, {100, 10'000'000}, Restart,
                 "SIP transactions at once in a shard; above it 503 without state"),
      duration_key("sip.t1", c.sip.t1, {10, 10'000}, Restart,
                   "RFC 3261's T1, the round-trip estimate that all retransmission timers derive from"),
      large_requests_key(
          "sip.large_requests", c.sip.large_requests,
          "what requests above 1300 octets go by that were to go by UDP: tcp, where there is a TCP "
          "listener and the peer takes connections, or udp all the same"),
      tls_profiles_key(
          "sip.tls.profiles", c.sip.tls_profiles,
          "certificates of SIP over TLS, by name: certificate_file and key_file (PEM), ca_file (who may "
          "sign peers' certificates; none: whom the system trusts), verify (clients' certificates: none, "
          "optional, required), min_version (1.2, 1.3), ciphers (of TLS 1.2), wildcards (true: taken in "
          "peers' certificates against RFC 5922). The first is the default one. The files are read "
          "anew on SIGHUP"),

      text_key(
          "sip.auth.realm", c.sip.auth.realm, Restart,
          "realm of digest challenges and of new credentials; passwords are kept hashed with it, so that "
          "another one makes new passwords of all"),
      secret_key("sip.auth.nonce_key", c.sip.auth.nonce_key,
                 "what nonces are sealed with, 16 octets or more, the same on every node, as {file: PATH} or "
                 "{env: NAME}; empty: one is made up, and other nodes challenge anew"),
      duration_key("sip.auth.nonce_lifetime", c.sip.auth.nonce_lifetime, {10'000, kHour}, Restart,
                   "how long a nonce is good; after it clients are told that it is stale"),
      text_key("sip.auth.algorithms", c.sip.auth.algorithms, Restart,
               "what is offered to clients, the first choice first, with blanks between: SHA-256, MD5"),
      flag_key("sip.protection.enabled", c.sip.protection.enabled, Restart,
               "strangers have buckets of requests and are banned for what they are refused for"),
      text_key(
          "sip.protection.allowed", c.sip.protection.allowed, Restart,
          "addresses and networks that are never banned nor slowed, separated by blanks; those of trunks "
          "and providers never are"),
      text_key("sip.protection.scanners", c.sip.protection.scanners, Restart,
               "parts of User-Agent, separated by blanks, that give a scanner away: it is banned at once and "
               "hears nothing"),
      number_key("sip.protection.ban_score", c.sip.protection.ban_score, {1, 100'000}, Restart,
                 "points that ban a source: 1 for a refused or malformed request, 2 for a method that is not "
                 "allowed, 4 for a failed authentication"),
      duration_key("sip.protection.score_half_life", c.sip.protection.score_half_life, {1'000, kHour},
                   Restart, "in which points halve"),
      duration_key("sip.protection.ban_time", c.sip.protection.ban_time, {1'000, 24 * kHour}, Restart,
                   "the first ban of a source; each further one is twice as long"),
      duration_key("sip.protection.longest_ban", c.sip.protection.longest_ban, {1'000, 31 * 24 * kHour},
                   Restart, "the longest; a source that was quiet for twice as long starts anew"),
      number_key("sip.protection.requests_per_second", c.sip.protection.requests_per_second, {1, 100'000},
                 Restart, "requests of one stranger and kind of method (INVITE, REGISTER, OPTIONS, others)"),
      number_key("sip.protection.strangers_per_second", c.sip.protection.strangers_per_second, {1, 1'000'000},
                 Restart, "requests of all strangers together that cost a transaction; more are dropped"),
      flag_key("sip.protection.share_bans", c.sip.protection.share_bans, Restart,
               "bans of one node hold on all that share the Redis"),
      flag_key("sip.overload.enabled", c.sip.overload.enabled, Restart,
               "new calls are refused with 503 while a shard's queue of datagrams stands"),
      duration_key("sip.overload.target", c.sip.overload.target, {1, 10'000}, Restart,
                   "how long a datagram may wait to be read before that is overload"),
      duration_key("sip.overload.interval", c.sip.overload.interval, {10, 10'000}, Restart,
                   "of one decision: a queue that is shorter than the target once within it does not stand"),
      number_key("sip.overload.least_calls", c.sip.overload.least_calls, {1, 100'000}, Restart,
                 "new calls a second that a shard takes however overloaded it is"),
      duration_key("sip.overload.retry_after", c.sip.overload.retry_after, {0, 10 * 60'000}, Restart,
                   "Retry-After of those 503; 0: none"),
      flag_key(
          "sip.overload.tell_peers", c.sip.overload.tell_peers, Restart,
          "trunks and providers that offer RFC 7339 (oc in Via) are told what part of their calls not to "
          "send"),
      flag_key("sip.overload.ask_far_ends", c.sip.overload.ask_far_ends, Restart,
               "INVITEs offer RFC 7339 to far ends, and what they then say is kept to"),
      duration_key("sip.overload.validity", c.sip.overload.validity, {10, kHour}, Restart,
                   "how long what a peer was told holds (oc-validity)"),

      servers_key("dns.servers", c.dns.servers,
                  "DNS servers, each ADDRESS or ADDRESS:PORT; none: those of /etc/resolv.conf"),
      duration_key("dns.timeout", c.dns.timeout, {50, 30'000}, Restart,
                   "how long a server may take at the first try; twice as long at each further one"),
      number_key("dns.tries", c.dns.tries, {1, 6}, Restart, "how often each server is tried"),
      duration_key("dns.call_wait", c.dns.call_wait, {100, 30'000}, Restart,
                   "how long a call waits for the DNS before its next route is tried (NAME_UNRESOLVED)"),
      duration_key("dns.stale_wait", c.dns.stale_wait, {0, 30'000}, Restart,
                   "how long a question waits for a fresh answer when an old one is at hand"),
      text_key("dns.hosts_file", c.dns.hosts_file, Restart,
               "addresses that win over the DNS, as in /etc/hosts; empty: none"),
      number_key("dns.cache.entries", c.dns.cache.entries, {16, 10'000'000}, Restart,
                 "names and types that are remembered"),
      duration_key("dns.cache.least_ttl", c.dns.cache.least_ttl, {0, kHour}, Restart,
                   "how long an answer is used at least, whatever its TTL"),
      duration_key("dns.cache.most_ttl", c.dns.cache.most_ttl, {1'000, 7 * 24 * kHour}, Restart,
                   "and at most"),
      duration_key("dns.cache.most_negative_ttl", c.dns.cache.most_negative_ttl, {0, kHour}, Restart,
                   "how long it is remembered at most that a name or record is not there"),
      duration_key("dns.cache.stale", c.dns.cache.stale, {0, 30 * 24 * kHour}, Restart,
                   "how long beyond its TTL an answer is used while no server gives a newer one"),
      duration_key("dns.cache.retry", c.dns.cache.retry, {1'000, kHour}, Restart,
                   "how long a name is not asked for again after no server answered"),

      flag_key("limits.cluster.enabled", c.limits.cluster.enabled, Restart,
               "limits hold over all nodes that share the Redis; without one, or while it is away, each node "
               "keeps them alone"),
      duration_key("limits.cluster.interval", c.limits.cluster.interval, {20, 10'000}, Restart,
                   "how often a node says what it uses, and hears what the others use"),
      duration_key("limits.cluster.life", c.limits.cluster.life, {100, 10 * 60'000}, Restart,
                   "how long what a node said counts after its last word; several intervals"),
      duration_key("limits.audit_interval", c.limits.audit_interval, {1'000, kHour}, Restart,
                   "how often counters are compared with the calls that there are"),

      flag_key("registrar.enabled", c.registrar.enabled, Restart,
               "devices of trunks with credentials may register; our own registrations go on without it"),
      duration_key(
          "registrar.expiry", c.registrar.expiry, {60'000, 24 * kHour}, Restart,
          "how long a binding lives when the device asks for nothing; the trunk's access policy bounds "
          "it"),
      duration_key("registrar.flow_timer", c.registrar.flow_timer, {10'000, kHour}, Restart,
                   "how often devices on TCP and TLS are told to send a keep-alive (RFC 5626)"),

      number_key("media.workers", c.media.workers, {1, 64}, Restart,
                 "threads that relay RTP; a stream lives on one"),
      interfaces_key(
          "media.interfaces", c.media.interfaces,
          "addresses that RTP is relayed on, each with the address that peers are told (advertise); of one "
          "name at "
          "most one of each family. Those of the first one's name are for every listener that names no other "
          "(media)"),
      number_key("media.ports.from", c.media.port_from, {1'024, 65'534}, Restart,
                 "first port for RTP; an even number, RTCP takes the odd one above"),
      number_key("media.ports.to", c.media.port_to, {1'025, 65'535}, Restart, "last port for RTP and RTCP"),
      duration_key("media.port_reuse_delay", c.media.port_reuse_delay, {0, 10 * 60'000}, Restart,
                   "how long a released port rests, so that late packets of one call do not reach the next"),
      number_key("media.ready_pairs", c.media.ready_pairs, {0, 20'000}, Restart,
                 "port pairs kept bound ahead a family, so that a call set-up opens no socket"),

      text_key("postgres.dsn", c.postgres.dsn, Restart,
               "libpq connection string of the daemon's role, without the password"),
      secret_key("postgres.password", c.postgres.password, "password for it, as {file: PATH} or {env: NAME}"),
      text_key(
          "postgres.migration_dsn", c.postgres.migration_dsn, Restart,
          "libpq connection string of the schema's owner, for `warpd migrate` alone; empty: the same as dsn"),
      number_key("postgres.pool_size", c.postgres.pool_size, {1, 200}, Restart,
                 "connections kept to Postgres"),

      text_key("redis.url", c.redis.url, Restart,
               "redis://host:port/db, rediss:// for TLS, or unix:///path; empty: work without Redis"),
      secret_key("redis.password", c.redis.password, "password for it, as {file: PATH} or {env: NAME}"),
      flag_key("redis.tls.enabled", c.redis.tls.enabled, Restart,
               "TLS where redis.url says redis://; rediss:// has it anyway"),
      text_key(
          "redis.tls.ca_file", c.redis.tls.ca_file, Restart,
          "PEM file of the authorities that the server's certificate must come from; empty: the system's"),
      text_key("redis.tls.certificate_file", c.redis.tls.certificate_file, Restart,
               "PEM chain that we show to the server; empty: none"),
      text_key("redis.tls.key_file", c.redis.tls.key_file, Restart, "PEM key of that certificate"),
      text_key(
          "redis.tls.server_name", c.redis.tls.server_name, Restart,
          "name or address that the server's certificate must be good for; empty: the host of redis.url"),

      text_key(
          "records.journal_dir", c.records.journal_dir, Restart,
          "where detail records are made durable before anything else; a local disk, owned by this process"),
      number_key("records.segment_octets", c.records.segment_octets, {1u << 16, 1ull << 32}, Restart,
                 "size at which a journal file is closed and the next one begun"),
      duration_key("records.ship_interval", c.records.ship_interval, {10, 60'000}, Restart,
                   "how often records are sent on from the journal to Postgres"),
      number_key("records.ship_batch", c.records.ship_batch, {1, 20'000}, Restart,
                 "records sent to Postgres in one transaction at the most"),

      duration_key(
          "calls.recovery_window", c.calls.recovery_window, {0, 60'000}, Restart,
          "answered calls go on after a restart when the process before died no longer ago than this; "
          "others are ended and recorded. 0: all are"),

      duration_key("routing.reconcile_interval", c.routing.reconcile_interval, {1'000, kHour}, Restart,
                   "how often the routing snapshot is built anew even when no change was announced"),

      text_key("emergency.numbers", c.emergency.numbers, Restart,
               "numbers that call for help, as they are dialled, with blanks between; such calls pass every "
               "limit"),
      text_key("emergency.countries", c.emergency.countries, Restart,
               "further ones of trunks with that country code, such as 44:999 61:000"),
      text_key("emergency.partition", c.emergency.partition, Restart,
               "name or id of the partition whose providers take emergency calls, in the order of its "
               "routes; empty: "
               "they are refused with EMERGENCY_NOT_CONFIGURED"),

      flag_key("smpp.enabled", c.smpp.enabled, Restart,
               "customers may bind by SMPP; messages to and from upstreams go on without it"),
      text_key("smpp.system_id", c.smpp.system_id, Restart,
               "what bind responses call us, at most 15 characters"),
      smpp_listeners_key("smpp.listeners", c.smpp.listeners,
                         "TCP addresses that customers bind to; with certificate_file and key_file, TLS is "
                         "spoken there (2776 by custom); with client_ca_file, who binds must show a "
                         "certificate of those authorities. The files are read again on SIGHUP"),
      number_key("smpp.max_connections", c.smpp.max_connections, {1, 100'000}, Restart,
                 "SMPP connections of customers at once; above it new ones are closed"),
      number_key("smpp.max_unbound_per_source", c.smpp.max_unbound_per_source, {1, 10'000}, Restart,
                 "connections of one address (IPv6: /64) that have not bound yet"),
      duration_key("smpp.session_init", c.smpp.session_init, {100, 5 * 60'000}, Restart,
                   "how long a connection may take until its bind was decided, TLS handshake included"),
      number_key("smpp.bind_failures", c.smpp.bind_failures, {1, 10'000}, Restart,
                 "failed binds that one address may make before it is refused without a look"),
      duration_key("smpp.bind_failure_refill", c.smpp.bind_failure_refill, {10, kHour}, Restart,
                   "how long until it regains one of them"),

      text_key(
          "messaging.node", c.messaging.node, Restart,
          "name of this node: whose messages in the database are ours. Never two processes with the same "
          "one, and never changed while messages wait"),
      number_key("messaging.pool_size", c.messaging.pool_size, {1, 64}, Restart,
                 "connections to Postgres for messages alone"),
      number_key("messaging.max_messages", c.messaging.max_messages, {100, 100'000'000}, Restart,
                 "messages that are not final yet, in memory; above it new ones are refused as OVERLOADED"),
      duration_key("messaging.default_validity", c.messaging.default_validity, {60'000, 31 * 24 * kHour},
                   Restart, "how long a message is tried when the customer does not say"),
      duration_key("messaging.longest_validity", c.messaging.longest_validity, {60'000, 31 * 24 * kHour},
                   Restart, "the most that a customer may ask for"),
      duration_key("messaging.receipt_timeout", c.messaging.receipt_timeout, {60'000, 31 * 24 * kHour},
                   Restart, "how long a final receipt is awaited; then the message expires"),
      duration_key("messaging.reroute_after", c.messaging.reroute_after, {1'000, 24 * kHour}, Restart,
                   "a connector that cannot send for so long gives its queue to others"),
      number_key("messaging.breaker.failures", c.messaging.breaker_failures, {1, 10'000}, Restart,
                 "failures of a connector in a row that open its circuit"),
      duration_key("messaging.breaker.rest", c.messaging.breaker_rest, {1'000, kHour}, Restart,
                   "how long it rests then"),
      duration_key("messaging.delivery_give_up", c.messaging.delivery_give_up, {60'000, 31 * 24 * kHour},
                   Restart,
                   "how long a receipt or an inbound message waits for its webhook or bind before it is "
                   "given up, kept to be replayed"),
      number_key("messaging.owed_in_memory", c.messaging.owed_in_memory, {100, 1'000'000}, Restart,
                 "receipts and inbound messages of one receiver that are in memory; the rest waits in the "
                 "database"),
      duration_key("messaging.reconcile_interval", c.messaging.reconcile_interval, {1'000, kHour}, Restart,
                   "how often what is provisioned is read anew even when no change was announced"),
      duration_key("messaging.drain_timeout", c.messaging.drain_timeout, {0, kHour}, Restart,
                   "how long SIGTERM waits for what is on the wire, and then again for the sessions' end"),
      number_key("messaging.retention.days", c.messaging.retention.days, {8, 3'650}, Restart,
                 "days that messages can be read; then they leave for messaging.archive.folder, and their "
                 "detail records stay"),
      number_key("messaging.retention.text_days", c.messaging.retention.text_days, {0, 3'650}, Restart,
                 "days that the text of a message that has ended is kept, when that is shorter"),
      duration_key("messaging.retention.references", c.messaging.retention.references,
                   {24 * kHour, 31 * 24 * kHour}, Restart, "how long an Idempotency-Key is known"),
      text_key("messaging.archive.folder", c.messaging.archive.folder, Restart,
               "where a day's messages become one file (JSON lines, zstd) before they leave the database; "
               "empty: they stay in it"),
      flag_key("messaging.archive.with_text", c.messaging.archive.with_text, Restart,
               "the archive keeps the texts"),
      text_key("messaging.replies.stop", c.messaging.replies.stop, Restart,
               "text that answers STOP; empty: none"),
      text_key("messaging.replies.start", c.messaging.replies.start, Restart,
               "text that answers START; empty: none"),
      text_key("messaging.replies.help", c.messaging.replies.help, Restart,
               "text that answers HELP; empty: none"),
      number_key("messaging.webhooks.at_once", c.messaging.webhooks.at_once, {1, 10'000}, Restart,
                 "webhooks under way at once"),
      duration_key("messaging.webhooks.timeout", c.messaging.webhooks.timeout, {100, 5 * 60'000}, Restart,
                   "how long one webhook may take, connection included"),
      text_key("messaging.webhooks.ca_file", c.messaging.webhooks.ca_file, Restart,
               "PEM file of the authorities that targets' certificates must come from; empty: the system's"),
      flag_key("messaging.webhooks.allow_http", c.messaging.webhooks.allow_http, Restart,
               "http:// targets are called, too: what is said can be read on the way"),
      flag_key(
          "messaging.webhooks.allow_private", c.messaging.webhooks.allow_private, Restart,
          "targets may be on private or loopback addresses: for tests, or when every customer is trusted "
          "with this network"),

      flag_key("messaging.mm4.enabled", c.messaging.mm4.enabled, Restart,
               "peers may hand over mails by SMTP; MM4 connectors need it, since their answers come so"),
      smpp_listeners_key("messaging.mm4.listeners", c.messaging.mm4.listeners,
                         "TCP addresses that peers' mails come to; with certificate_file and key_file, "
                         "STARTTLS is offered there"),
      text_key("messaging.mm4.domain", c.messaging.mm4.domain, Restart,
               "what the SMTP greeting calls us; a connector's local_domain is who its mails come from"),
      flag_key("messaging.mm4.implicit_tls", c.messaging.mm4.implicit_tls, Restart,
               "listeners with a certificate speak TLS from the first octet instead (465 by custom)"),
      flag_key("messaging.mm4.require_tls", c.messaging.mm4.require_tls, Restart, "no mail before STARTTLS"),
      text_key(
          "messaging.mm4.login", c.messaging.mm4.login, Restart,
          "with it, peers must log in, over TLS (AUTH PLAIN or LOGIN); empty: their addresses decide alone"),
      secret_key("messaging.mm4.password", c.messaging.mm4.password,
                 "password of that login, as {file: PATH} or {env: NAME}"),
      number_key("messaging.mm4.max_mail_octets", c.messaging.mm4.max_mail_octets, {10'000, 100u << 20},
                 Restart, "the largest mail that is taken; attachments grow by a third on their way"),
      number_key("messaging.mm4.max_connections", c.messaging.mm4.max_connections, {1, 10'000}, Restart,
                 "SMTP connections of peers at once"),
      number_key("messaging.mm4.max_connections_per_source", c.messaging.mm4.max_connections_per_source,
                 {1, 10'000}, Restart, "of them, from one address (IPv6: /64)"),
      text_key(
          "messaging.media.public_url", c.messaging.media.public_url, Restart,
          "https:// address at which the world reaches the API, without a slash at its end: RCS "
          "providers and webhooks get attachments from there; empty: attachments have no public address"),
      secret_key("messaging.media.link_key", c.messaging.media.link_key,
                 "what those addresses are signed with, 16 octets or more, the same on every node, as "
                 "{file: PATH} or {env: NAME}"),
      duration_key("messaging.media.link_life", c.messaging.media.link_life, {60'000, 366 * 24 * kHour},
                   Restart, "how long such an address is good"),
      text_key("messaging.media.types", c.messaging.media.types, Restart,
               "content types of attachments that customers may hand in, with blanks between"),
      number_key("messaging.media.part_octets", c.messaging.media.part_octets, {1'024, 100u << 20}, Restart,
                 "octets of one attachment at most"),
      number_key("messaging.media.total_octets", c.messaging.media.total_octets, {1'024, 1u << 30}, Restart,
                 "octets of all attachments of one message at most"),
      number_key("messaging.media.parts", c.messaging.media.parts, {1, 10}, Restart,
                 "attachments of one message at most"),
      duration_key("messaging.media.kept", c.messaging.media.kept, {kHour, 3'660 * 24 * kHour}, Restart,
                   "how long the attachments of a message are kept"),
      duration_key("messaging.media.unused_kept", c.messaging.media.unused_kept, {60'000, 366 * 24 * kHour},
                   Restart, "how long one is kept that was uploaded and that no message has taken along"),
      duration_key("messaging.media.fetch_timeout", c.messaging.media.fetch_timeout, {100, 5 * 60'000},
                   Restart,
                   "how long fetching one of `media_urls` may take, each redirect anew; webhooks' rules say "
                   "which addresses may be asked"),
      flag_key("messaging.rcs.allow_http", c.messaging.rcs.allow_http, Restart,
               "RCS providers' APIs may be plain http://, token and all: for tests"),

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

      address_key("api.bind", c.api.bind, "address of the REST API"),
      text_key("api.tls.certificate_file", c.api.tls_certificate_file, Restart,
               "PEM chain for HTTPS; empty: plain HTTP, which belongs on loopback or behind a proxy"),
      text_key("api.tls.key_file", c.api.tls_key_file, Restart, "PEM key of that certificate"),
      secret_key("api.bootstrap_key", c.api.bootstrap_key,
                 "an operator key that works before any is stored, as {file: PATH} or {env: NAME}; remove it "
                 "once you "
                 "have created one"),
      number_key("api.requests_per_second", c.api.requests_per_second, {1, 1'000'000}, Restart,
                 "requests a second that one API key may make; above it 429"),

      address_key("health.bind", c.health.bind, "address of /health and /ready"),
      address_key("metrics.bind", c.metrics.bind, "address of /metrics (Prometheus text)"),

      duration_key("lifecycle.drain_timeout", c.lifecycle.drain_timeout, {0, 24 * kHour}, Live,
                   "how long SIGTERM lets calls go on before it ends them"),
  };
}

void check_readable(const std::string& path, const std::string& section, const std::string& file,
                    std::vector<ConfigFault>& faults) {
  if (!path.empty() && access(path.c_str(), R_OK) != 0)
    faults.push_back({file, 0, section, "names a file that cannot be read: " + path,
                      "check the path and the rights of the daemon's user"});
}

void check_limits(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  std::istringstream networks(c.sip.protection.allowed);
  for (std::string word; networks >> word;)
    if (!domain::Cidr::parse(word))
      faults.push_back({file, 0, "sip.protection.allowed", "names something that is no network: " + word,
                        "write addresses and networks such as 192.0.2.0/24, separated by blanks"});
  if (c.limits.cluster.life < 3 * c.limits.cluster.interval)
    faults.push_back({file, 0, "limits.cluster.life", "is shorter than three times limits.cluster.interval",
                      "lengthen it: a word that comes late must not look like a node that died"});
  if (c.sip.protection.longest_ban < c.sip.protection.ban_time)
    faults.push_back({file, 0, "sip.protection.longest_ban", "is shorter than sip.protection.ban_time",
                      "lengthen it, or shorten the first ban"});
}

void check_interfaces(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  constexpr std::size_t kMostNetworks = 64;
  const auto fault = [&](std::string what, std::string cure) {
    faults.push_back({file, 0, "media.interfaces", std::move(what), std::move(cure)});
  };
  const auto& all = c.media.interfaces;
  for (auto one = all.begin(); one != all.end(); ++one) {
    if (one->bind.is_unspecified() && !one->advertise)
      fault("binds " + one->bind.to_string() + " without `advertise`",
            "add advertise: with the address that peers send RTP to");
    if (one->advertise && one->advertise->v6 != one->bind.v6)
      fault("advertises an address of the other family for " + one->bind.to_string(),
            "give each family an entry of its own");
    for (auto before = all.begin(); before != one; ++before) {
      if (before->bind.v6 != one->bind.v6) continue;
      if (before->name == one->name)
        fault("has two addresses of one family" + (one->name.empty() ? "" : " named `" + one->name + "`"),
              "keep one IPv4 and one IPv6 of a name, or give the second another name");
      else if (before->bind != one->bind && (before->bind.is_unspecified() || one->bind.is_unspecified()))
        fault("binds " + before->bind.to_string() + " and " + one->bind.to_string() + " on the same ports",
              "bind one address in both, or two addresses of this machine");
    }
  }
  if (media_networks(c).size() > kMostNetworks) fault("has more than 64 names", "share names");
  for (const auto& listener : c.sip.listeners)
    if (!listener.media.empty() &&
        std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.name == listener.media; }))
      faults.push_back(
          {file, 0, "sip.listeners",
           "names the media interface `" + listener.media + "`, which is not in media.interfaces",
           "give one of media.interfaces that name"});
}

void check_listeners(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  check_sip(c, file, faults);
  check_interfaces(c, file, faults);
}

// Both or neither, and each to be read.
void check_key_pair(const std::string& certificate, const std::string& key, const std::string& section,
                    const std::string& file, std::vector<ConfigFault>& faults) {
  if (certificate.empty() != key.empty())
    faults.push_back({file, 0, section, "has a certificate without its key, or a key without its certificate",
                      "give certificate_file and key_file, or neither"});
  check_readable(certificate, section, file, faults);
  check_readable(key, section, file, faults);
}

void check_auth(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& auth = c.sip.auth;
  const auto fault = [&](const char* key, const char* problem, const char* cure) {
    faults.push_back({file, 0, key, problem, cure});
  };
  constexpr std::string_view kRealm = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (auth.realm.empty() || auth.realm.size() > 253 ||
      auth.realm.find_first_not_of(kRealm) != std::string::npos)
    fault("sip.auth.realm", "is no host name", "write it with letters, digits, dots and dashes");
  if (!auth.nonce_key.value.empty() && auth.nonce_key.value.size() < 16)
    fault("sip.auth.nonce_key", "is shorter than 16 octets",
          "give it random octets, such as `openssl rand -hex 32` writes");
  std::istringstream words(auth.algorithms);
  bool any = false, known = true;
  for (std::string word; words >> word; any = true)
    known &= sip::digest_algorithm_from(word).has_value();
  if (!any || !known)
    fault("sip.auth.algorithms", "names none, or an unknown one", "write SHA-256, MD5 or both");
}

void check_redis(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& tls = c.redis.tls;
  const auto fault = [&](const char* key, std::string problem, const char* cure) {
    faults.push_back({file, 0, key, std::move(problem), cure});
  };
  const bool given = !(tls.ca_file + tls.certificate_file + tls.key_file + tls.server_name).empty();
  if (c.redis.url.empty()) {
    if (given || tls.enabled)
      fault("redis.tls", "is set without a Redis", "set redis.url, or remove redis.tls");
    return;
  }
  const auto url = redis::parse_url(c.redis.url);
  if (!url) {
    auto why = url.error();
    if (why.ends_with('.')) why.pop_back();
    return fault("redis.url", "cannot be used: " + why,
                 "write redis://host:port/db, rediss://host:port/db for TLS, or unix:///path");
  }
  if (tls.enabled && url->transport == redis::Transport::Unix)
    fault(
        "redis.tls.enabled", "asks for TLS on a unix socket",
        "a socket of this machine needs none: remove redis.tls, or write rediss://host:port into redis.url");
  else if (given && !tls.enabled && url->transport != redis::Transport::Tls)
    fault("redis.tls", "is set, but the connection would not be encrypted",
          "write rediss:// instead of redis:// in redis.url, or remove redis.tls");
  check_readable(tls.ca_file, "redis.tls", file, faults);
  check_key_pair(tls.certificate_file, tls.key_file, "redis.tls", file, faults);
}

void check_mm4(const Config::Messaging::Mm4& mm4, const std::string& file, std::vector<ConfigFault>& faults) {
  bool certificates = true;
  for (const auto& listener : mm4.listeners) {
    check_key_pair(listener.certificate_file, listener.key_file, "messaging.mm4.listeners", file, faults);
    certificates &= !listener.certificate_file.empty();
  }
  if (mm4.login.empty() != mm4.password.value.empty())
    faults.push_back(
        {file, 0, "messaging.mm4.login", "and messaging.mm4.password go together", "give both, or neither"});
  if (!mm4.enabled || certificates) return;
  if (!mm4.login.empty())
    faults.push_back({file, 0, "messaging.mm4.login", "is set, but a listener has no certificate",
                      "a login goes over TLS only: give certificate_file and key_file"});
  if (mm4.require_tls || mm4.implicit_tls)
    faults.push_back({file, 0, "messaging.mm4.listeners", "asks for TLS, but a listener has no certificate",
                      "give certificate_file and key_file"});
}

void check_messaging(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  for (const auto& listener : c.smpp.listeners)
    check_key_pair(listener.certificate_file, listener.key_file, "smpp.listeners", file, faults);
  if (c.smpp.system_id.size() > 15)
    faults.push_back(
        {file, 0, "smpp.system_id", "is longer than 15 characters", "SMPP has no room for more"});
  if (c.messaging.node.empty() || c.messaging.node.size() > 128)
    faults.push_back({file, 0, "messaging.node", "is empty or longer than 128 characters",
                      "give each node a short name of its own"});
  if (c.messaging.default_validity > c.messaging.longest_validity)
    faults.push_back({file, 0, "messaging.default_validity", "is longer than messaging.longest_validity",
                      "shorten it, or allow more"});
  const std::chrono::seconds kept = std::chrono::hours(24) * c.messaging.retention.days;
  if (c.messaging.longest_validity + c.messaging.receipt_timeout > kept)
    faults.push_back({file, 0, "messaging.retention.days",
                      "is shorter than messaging.longest_validity and messaging.receipt_timeout together",
                      "keep messages at least as long as they may live"});
  const auto& folder = c.messaging.archive.folder;
  if (!folder.empty() && ::access(folder.c_str(), W_OK | X_OK) != 0)
    faults.push_back({file, 0, "messaging.archive.folder", "is no folder that can be written to",
                      "make it, owned by the daemon's user"});
  const auto& media = c.messaging.media;
  if (!media.public_url.empty() && (!http::Url::parse(media.public_url) || media.public_url.ends_with('/')))
    faults.push_back({file, 0, "messaging.media.public_url",
                      "is no http or https address, or ends with a slash",
                      "write it like https://messages.example.com"});
  if (!media.public_url.empty() && media.link_key.value.size() < 16)
    faults.push_back(
        {file, 0, "messaging.media.link_key", "is missing or shorter than 16 octets",
         "give it a file or a variable with random octets, such as `openssl rand -hex 32` writes"});
  check_readable(c.messaging.webhooks.ca_file, "messaging.webhooks.ca_file", file, faults);
  check_mm4(c.messaging.mm4, file, faults);
}

void check_emergency(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto settings = emergency_settings(c);
  if (!settings)
    faults.push_back({file, 0, settings.error().key, settings.error().problem, settings.error().cure});
}

void check_tcr(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
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

}  // namespace

std::vector<Key> keys_of(Config& c) {
  auto keys = listed_keys(c);
  // Behind the last of its section.
  auto streams = stream_keys(c);
  const auto after =
      std::find_if(keys.begin(), keys.end(), [](const Key& key) { return key.path == "sip.tls.profiles"; });
  keys.insert(after + 1, std::make_move_iterator(streams.begin()), std::make_move_iterator(streams.end()));
  return keys;
}

namespace {

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

}  // namespace

std::vector<ConfigFault> cross_check(const Config& c, const std::string& file) {
  std::vector<ConfigFault> faults;
  check_emergency(c, file, faults);
  check_listeners(c, file, faults);
  check_limits(c, file, faults);
  if (c.media.port_from % 2 != 0)
    faults.push_back({file, 0, "media.ports.from", "is odd", "RTP takes even ports: use an even number"});
  if (c.media.port_to < c.media.port_from + 3)
    faults.push_back({file, 0, "media.ports.to", "leaves no room above media.ports.from",
                      "a call takes two pairs, four ports: widen the range"});
  check_key_pair(c.api.tls_certificate_file, c.api.tls_key_file, "api.tls", file, faults);
  check_redis(c, file, faults);
  check_auth(c, file, faults);
  check_messaging(c, file, faults);
  check_tcr(c, file, faults);
  check_stir(c, file, faults);
  check_capture(c, file, faults);
  return faults;
}

LoadedConfig load_config(const std::string& file) {
  LoadedConfig loaded;
  loaded.faults = read_yaml(file, keys_of(loaded.config));
  if (loaded.faults.empty()) loaded.faults = cross_check(loaded.config, file);
  return loaded;
}

ConfigChanges compare(Config& before, Config& after) {
  ConfigChanges changes;
  const auto old_keys = keys_of(before);
  const auto new_keys = keys_of(after);
  for (std::size_t i = 0; i < old_keys.size(); ++i) {
    if (old_keys[i].show() == new_keys[i].show()) continue;
    (old_keys[i].applies == Applies::Live ? changes.live : changes.restart).push_back(old_keys[i].path);
  }
  return changes;
}

}  // namespace warp::app

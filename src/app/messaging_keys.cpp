#include <chrono>
#include <unistd.h>

#include "warp/http/url.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

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

}  // namespace

std::vector<Key> smpp_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
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
  };
}

std::vector<Key> message_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
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
  };
}

std::vector<Key> mm4_keys(Config& c) {
  using enum Applies;
  return {
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
  };
}

std::vector<Key> attachment_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
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
  };
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

}  // namespace warp::app

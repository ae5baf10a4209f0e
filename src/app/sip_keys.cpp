#include <algorithm>
#include <iterator>

#include "warp/base/checked.h"
#include "warp/net/dns_answer.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

using Verify = sip::TlsProfile::Verify;

constexpr std::pair<std::string_view, Verify> kVerify[] = {
    {"none", Verify::None}, {"optional", Verify::Optional}, {"required", Verify::Required}};

nlohmann::ordered_json one_of(std::initializer_list<const char*> words) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto* word : words)
    list.push_back(word);
  nlohmann::ordered_json schema;
  schema["enum"] = std::move(list);
  return schema;
}

// "name" or [name, name].
bool read_names(const YAML::Node& node, std::vector<std::string>& names) {
  if (node.IsScalar()) {
    names = {node.Scalar()};
    return true;
  }
  if (!node.IsSequence()) return false;
  for (const auto& one : node) {
    if (!one.IsScalar()) return false;
    names.push_back(one.Scalar());
  }
  return true;
}

// ADDRESS:PORT, or ADDRESS alone for the bound port (0 here).
std::optional<domain::SocketAddress> read_advertised(const std::string& text) {
  if (const auto whole = domain::SocketAddress::parse(text)) return whole;
  const auto ip = domain::IpAddress::parse(text);
  return ip ? std::optional(domain::SocketAddress{*ip, 0}) : std::nullopt;
}

// NAME or NAME:PORT. All digits and dots is an address gone wrong.
bool is_advertised_name(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (!net::dns::is_name(name) || name.find_first_not_of("0123456789.") == name.npos) return false;
  return colon == text.npos || parse_number<std::uint16_t>(text.substr(colon + 1), 1, 65'535).has_value();
}

bool read_peers(const YAML::Node& node, std::vector<domain::Cidr>& peers) {
  std::vector<std::string> texts;
  if (!read_names(node, texts)) return false;
  for (const auto& text : texts) {
    const auto network = domain::Cidr::parse(text);
    if (!network) return false;
    peers.push_back(*network);
  }
  return !peers.empty();
}

std::string read_listener_field(const std::string& name, const YAML::Node& value, Listener& listener) {
  const auto text = scalar_of(value);
  if (name == "bind") {
    const auto address = domain::SocketAddress::parse(text);
    if (!address) return "needs ADDRESS:PORT for bind (an address, not a name)";
    listener.bind = *address;
  } else if (name == "advertise") {
    listener.advertise = read_advertised(text);
    if (listener.advertise) return {};
    if (!is_advertised_name(text)) return "needs ADDRESS, NAME, ADDRESS:PORT or NAME:PORT for advertise";
    listener.advertise_name = text;
  } else if (name == "media") {
    if (text.empty()) return "needs the name of one of media.interfaces for media";
    listener.media = text;
  } else if (name == "peers") {
    if (!read_peers(value, listener.peers)) return "needs networks such as 10.0.0.0/8 for peers";
  } else if (name == "transport") {
    const auto transport = domain::parse_sip_transport(text);
    if (!transport) return "needs UDP, TCP, TLS, WS or WSS for transport, not `" + text + "`";
    listener.transport = *transport;
  } else if (name == "tls_profile") {
    if (!read_names(value, listener.tls_profiles)) return "needs a name, or a list of names, for tls_profile";
  } else {
    return "has the unknown key `" + name +
           "`: use bind, transport, advertise, "
           "tls_profile, media and peers";
  }
  return {};
}

std::string read_listener(const YAML::Node& entry, Listener& listener) {
  if (!entry.IsMap()) return "has an entry that is no map: write {bind: ADDRESS:PORT}";
  bool bound = false;
  for (const auto& field : entry) {
    const auto name = scalar_of(field.first);
    if (auto problem = read_listener_field(name, field.second, listener); !problem.empty()) return problem;
    bound |= name == "bind";
  }
  return bound ? "" : "has an entry without `bind`";
}

std::string show_texts(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (std::size_t i = 0; i < texts.size(); ++i)
    list += (i > 0 ? ", " : "") + yaml_text(texts[i]);
  return list + "]";
}

std::string show_listener(const Listener& listener) {
  auto text = "{bind: " + yaml_text(listener.bind.to_string());
  if (listener.transport != domain::SipTransport::Udp)
    text += ", transport: " + std::string(to_string(listener.transport));
  if (const auto& told = listener.advertise)
    text += ", advertise: " + yaml_text(told->port == 0 ? told->ip.to_string() : told->to_string());
  if (!listener.advertise_name.empty()) text += ", advertise: " + yaml_text(listener.advertise_name);
  if (!listener.tls_profiles.empty()) text += ", tls_profile: " + show_texts(listener.tls_profiles);
  if (!listener.media.empty()) text += ", media: " + yaml_text(listener.media);
  std::vector<std::string> peers;
  for (const auto& network : listener.peers)
    peers.push_back(network.to_string());
  if (!peers.empty()) text += ", peers: " + show_texts(peers);
  return text + "}";
}

std::string read_profile_field(const std::string& name, const std::string& value, sip::TlsProfile& profile) {
  if (name == "name")
    profile.name = value;
  else if (name == "certificate_file")
    profile.certificate_file = value;
  else if (name == "key_file")
    profile.key_file = value;
  else if (name == "ca_file")
    profile.ca_file = value;
  else if (name == "ciphers")
    profile.ciphers = value;
  else if (name == "verify") {
    const auto* found = std::find_if(std::begin(kVerify), std::end(kVerify),
                                     [&](const auto& one) { return one.first == value; });
    if (found == std::end(kVerify)) return "needs none, optional or required for verify, not `" + value + "`";
    profile.verify = found->second;
  } else if (name == "min_version") {
    if (value != "1.2" && value != "1.3") return "needs 1.2 or 1.3 for min_version, not `" + value + "`";
    profile.only_tls13 = value == "1.3";
  } else if (name == "wildcards") {
    if (value != "true" && value != "false") return "needs true or false for wildcards";
    profile.wildcards = value == "true";
  } else {
    return "has the unknown key `" + name +
           "`: use name, certificate_file, key_file, ca_file, verify, min_version, ciphers and wildcards";
  }
  return {};
}

std::string read_profile(const YAML::Node& entry, sip::TlsProfile& profile) {
  if (!entry.IsMap())
    return "has an entry that is no map: write {name: NAME, certificate_file: PATH, key_file: PATH}";
  for (const auto& field : entry)
    if (auto problem = read_profile_field(scalar_of(field.first), scalar_of(field.second), profile);
        !problem.empty())
      return problem;
  if (profile.name.empty()) return "has an entry without `name`";
  if (profile.certificate_file.empty() != profile.key_file.empty())
    return "has a certificate_file without its key_file, or a key_file without its certificate_file";
  return {};
}

std::string show_profile(const sip::TlsProfile& profile) {
  auto text = "{name: " + yaml_text(profile.name);
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) text += std::string(", ") + key + ": " + yaml_text(value);
  };
  add("certificate_file", profile.certificate_file);
  add("key_file", profile.key_file);
  add("ca_file", profile.ca_file);
  if (profile.verify != Verify::None)
    text += ", verify: " + std::string(kVerify[static_cast<std::size_t>(profile.verify)].first);
  if (profile.only_tls13) text += ", min_version: \"1.3\"";
  add("ciphers", profile.ciphers);
  if (profile.wildcards) text += ", wildcards: true";
  return text + "}";
}

template <class Item, class Read>
std::string read_list(const YAML::Node& node, std::vector<Item>& target, Read read) {
  if (!node.IsSequence()) return "must be a list";
  std::vector<Item> items(node.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    if (auto problem = read(node[i], items[i]); !problem.empty()) return problem;
  target = std::move(items);
  return {};
}

template <class Item, class Show>
std::string show_list(const std::vector<Item>& items, Show show) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i)
    text += (i > 0 ? ", " : "") + show(items[i]);
  return text + "]";
}

nlohmann::ordered_json map_list(nlohmann::ordered_json properties, const char* required, int least) {
  return {{"type", "array"},
          {"minItems", least},
          {"items",
           {{"type", "object"},
            {"additionalProperties", false},
            {"required", {required}},
            {"properties", std::move(properties)}}}};
}

void check_profiles(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  for (const auto& profile : c.sip.tls_profiles) {
    for (const auto* path : {&profile.certificate_file, &profile.key_file, &profile.ca_file})
      check_readable(*path, "sip.tls.profiles", file, faults);
    const auto same = std::count_if(c.sip.tls_profiles.begin(), c.sip.tls_profiles.end(),
                                    [&](const auto& one) { return one.name == profile.name; });
    if (same > 1)
      faults.push_back(
          {file, 0, "sip.tls.profiles", "has `" + profile.name + "` twice", "give each its own name"});
  }
}

// What is wrong with a listener's profiles, or empty.
std::string profile_fault(const Config& c, const Listener& listener) {
  const auto& profiles = c.sip.tls_profiles;
  if (!domain::is_secure(listener.transport))
    return listener.tls_profiles.empty() ? "" : "has a tls_profile though its transport is not TLS or WSS";
  const auto usable = [](const sip::TlsProfile& profile) { return !profile.certificate_file.empty(); };
  if (listener.tls_profiles.empty())
    return profiles.empty() || !usable(profiles.front()) ? "is TLS without a profile that has a certificate"
                                                         : "";
  for (const auto& name : listener.tls_profiles) {
    const auto found =
        std::find_if(profiles.begin(), profiles.end(), [&](const auto& one) { return one.name == name; });
    if (found == profiles.end())
      return "names the TLS profile `" + name + "`, which is not in sip.tls.profiles";
    if (!usable(*found)) return "names the TLS profile `" + name + "`, which has no certificate";
  }
  return {};
}

Key listeners_key(std::string path, std::vector<Listener>& target, std::string doc) {
  const auto text = text_schema();
  nlohmann::ordered_json names;
  names["type"] = {"string", "array"};
  names["items"] = text;
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          map_list({{"bind", text},
                    {"transport", one_of({"UDP", "TCP", "TLS", "WS", "WSS"})},
                    {"advertise", text},
                    {"tls_profile", names},
                    {"media", text},
                    {"peers", names}},
                   "bind", 1),
          [&target](const YAML::Node& node) {
            if (!node.IsSequence() || node.size() == 0)
              return std::string("must be a list of {bind: ADDRESS:PORT, transport: TRANSPORT}");
            return read_list(node, target, read_listener);
          },
          [&target] { return show_list(target, show_listener); }};
}

Key tls_profiles_key(std::string path, std::vector<sip::TlsProfile>& target, std::string doc) {
  const auto text = text_schema();
  return {std::move(path),
          std::move(doc),
          Applies::Live,
          map_list({{"name", text},
                    {"certificate_file", text},
                    {"key_file", text},
                    {"ca_file", text},
                    {"verify", one_of({"none", "optional", "required"})},
                    {"min_version", one_of({"1.2", "1.3"})},
                    {"ciphers", text},
                    {"wildcards", {{"type", "boolean"}}}},
                   "name", 0),
          [&target](const YAML::Node& node) { return read_list(node, target, read_profile); },
          [&target] { return show_list(target, show_profile); }};
}

Key large_requests_key(std::string path, sip::LargeRequests& target, std::string doc) {
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          one_of({"tcp", "udp"}),
          [&target](const YAML::Node& node) -> std::string {
            const auto text = scalar_of(node);
            if (text != "tcp" && text != "udp") return "must be one of: tcp, udp";
            target = text == "tcp" ? sip::LargeRequests::Tcp : sip::LargeRequests::Udp;
            return {};
          },
          [&target] { return std::string(target == sip::LargeRequests::Tcp ? "tcp" : "udp"); }};
}

std::vector<Key> stream_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  auto& s = c.sip.streams;
  return {
      number_key("sip.streams.max_connections", s.max_connections, {1, 1'000'000}, Restart,
                 "TCP, TLS and WebSocket connections at once in this process; more are closed at once"),
      number_key("sip.streams.max_connections_per_source", s.max_connections_per_source, {1, 1'000'000},
                 Restart, "the same of one address that connects here"),
      number_key("sip.streams.write_queue_octets", s.write_queue_octets, {65'536, 1u << 30}, Restart,
                 "what one connection may owe its peer; a peer that takes it too slowly is closed"),
      duration_key("sip.streams.connect_timeout", s.connect_timeout, {100, 60'000}, Restart,
                   "how long a connection that is opened may take to stand; TLS and WebSocket come on top"),
      duration_key("sip.streams.handshake_timeout", s.handshake_timeout, {100, 60'000}, Restart,
                   "how long the handshakes of TLS and WebSocket may take together"),
      duration_key("sip.streams.first_message_timeout", s.first_message_timeout, {100, kHour}, Restart,
                   "how long a connection may stand without a first message of whoever opened it"),
      duration_key("sip.streams.message_timeout", s.message_timeout, {100, 600'000}, Restart,
                   "how long a message may take from its first octet to its last"),
      duration_key("sip.streams.idle_timeout", s.idle_timeout, {1'000, 24 * kHour}, Restart,
                   "how long a connection stays without anything heard or said, keep-alives included"),
      duration_key("sip.streams.ping_interval", s.ping_interval, {0, kHour}, Restart,
                   "how often a quiet connection that was opened here is pinged (RFC 5626); 0s: never"),
      duration_key("sip.streams.pong_timeout", s.pong_timeout, {100, 600'000}, Restart,
                   "how long the answer to a ping may take of a peer that answered one before"),
      text_key("sip.streams.origins", s.origins, Restart,
               "web origins, with blanks between them, whose pages may connect by WebSocket; `*`: all; "
               "empty: no page, "
               "only clients that are no browsers"),
  };
}

std::vector<Key> edge_keys(Config& c) {
  using enum Applies;
  return {
      number_key("sip.shards", c.sip.shards, {1, 64}, Restart,
                 "signalling threads; a call lives on one of them. One a core that signalling may use"),
      listeners_key(
          "sip.listeners", c.sip.listeners,
          "addresses that SIP is taken on, IPv4 or IPv6, each with its transport (UDP, TCP, TLS, WS, WSS; "
          "none: UDP), the address or host name that peers are told (advertise; needed behind NAT and for "
          "0.0.0.0 or ::), for TLS and WSS its tls_profile, or several to be picked by SNI, the name of the "
          "media interface that calls by it use (media; none: the first), and the networks that calls go out "
          "by it to (peers; none: all that no other listener names)"),
      text_key("sip.server_name", c.sip.server_name, Restart,
               "what User-Agent and Server say; empty: neither is sent"),
      number_key("sip.max_calls", c.sip.max_calls, {1, 10'000'000}, Live,
                 "calls at once in this process; above it 503 with the reason OVERLOADED"),
      number_key("sip.max_transactions", c.sip.max_transactions, {100, 10'000'000}, Restart,
                 "SIP transactions at once in a shard; above it 503 without state"),
      duration_key("sip.t1", c.sip.t1, {10, 10'000}, Restart,
                   "RFC 3261's T1, the round-trip estimate that all retransmission timers derive from"),
      number_key(
          "sip.coalesce_others_us", c.sip.coalesce_others_us, {0, 100'000}, Restart,
          "microseconds that a shard under load leaves between looks at what has come, while for a "
          "second nothing came that belongs to a call (registrations, OPTIONS): much less CPU a message "
          "for half of it on a message's way; 0: each message is taken as it comes"),
      number_key("sip.coalesce_calls_us", c.sip.coalesce_calls_us, {0, 20'000}, Restart,
                 "the same while there are calls: it saves with registrations beside them, with calls alone "
                 "next to nothing; 0: each message is taken as it comes"),
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
  };
}

}  // namespace

std::vector<Key> sip_keys(Config& c) {
  auto keys = edge_keys(c);
  auto streams = stream_keys(c);
  keys.insert(keys.end(), std::make_move_iterator(streams.begin()), std::make_move_iterator(streams.end()));
  return keys;
}

void check_sip(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  for (const auto& listener : c.sip.listeners) {
    if (listener.bind.ip.is_unspecified() && !listener.advertise && listener.advertise_name.empty())
      faults.push_back({file, 0, "sip.listeners",
                        "binds " + listener.bind.to_string() + " without `advertise`",
                        "add advertise: with the address or name that peers reach, for Via and Contact"});
    if (const auto fault = profile_fault(c, listener); !fault.empty())
      faults.push_back({file, 0, "sip.listeners", fault, "name a profile of sip.tls.profiles"});
  }
  check_profiles(c, file, faults);
}

}  // namespace warp::app

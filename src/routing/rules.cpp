#include "rules.h"

#include <algorithm>
#include <charconv>

#include "warp/base/text.h"

namespace warp::routing {

using domain::Reason;

Objection objection(const Snapshot::Impl& snapshot, const RouteTarget& target, const Asked& asked) {
  if (target.plain) return {};
  const auto& route = *target.route;
  const auto& query = asked.query;
  if (route.customer && (!query.trunk || *route.customer != query.trunk->customer))
    return {"it belongs to another customer"};
  if (!query.ani.starts_with(route.ani_prefix)) return {"it is for other callers"};
  if ((route.jurisdictions & domain::bit(asked.jurisdiction)) == 0) return {"it is for other jurisdictions"};
  if (!snapshot.schedules->open(route.schedule, query.when))
    return {"it is outside its schedule", Reason::ScheduleClosed};
  return {};
}

Objection provider_objection(const RouteTarget& target, const Asked& asked) {
  auto reason = Reason::NormalClearing;
  if (!target.lists || !refusing(target.lists, asked, reason)) return {};
  return {reason == Reason::CallerBlocked ? std::string_view("a list of the provider is against the caller")
                                          : std::string_view("a list of the provider is against the number"),
          reason};
}

bool RuleVerdict::is_blocked(const domain::Provider* provider) const {
  return std::find(blocked.begin(), blocked.end(), provider) != blocked.end();
}

void look_at_rules(const Snapshot::Impl& snapshot, const PartitionTable& partition, const Asked& asked,
                   RuleVerdict& verdict) {
  const auto& rules = partition.rules;
  const auto& digits = asked.routed(partition.partition->match_lrn);
  for (auto at = rules.index.find(digits); at != rating::DigitIndex::kNone; at = rules.index.parent(at)) {
    const auto group = rules.group(at);
    for (const auto& target : group) {
      if (objection(snapshot, target, asked)) continue;
      if (target.route->action == domain::RouteAction::Force) {
        if (verdict.forced.empty()) verdict.forced = group;
      } else if (target.provider) {
        verdict.blocked.push_back(target.provider);
      } else if (!verdict.blocks) {
        verdict.blocks = target.route;
      }
    }
  }
}

const CompiledList* refusing(const Lists* lists, const Asked& asked, Reason& reason) {
  if (!lists) return nullptr;
  reason = Reason::DestinationBlocked;
  if (const auto* list = refusing(lists->called, asked.dialled)) return list;
  reason = Reason::CallerBlocked;
  return refusing(lists->calling, asked.calling);
}

const Lists* Snapshot::Impl::lists_of(const Uuid& owner) const {
  if (lists.empty()) return nullptr;
  const auto found = lists.find(owner);
  return found == lists.end() ? nullptr : &found->second;
}

void Snapshot::Impl::compile_tariffs(const Snapshot* previous, WallTime at, Currency base) {
  schedules =
      rating::ScheduleBook::compile(catalogue.schedules, at, previous ? previous->impl().schedules : nullptr);
  fx = rating::FxTable(catalogue.fx, base);
}

void Snapshot::Impl::compile_lists() {
  number_lists.reserve(catalogue.number_lists.size());
  std::unordered_map<Uuid, const CompiledList*> by_id;
  for (const auto& list : catalogue.number_lists)
    by_id.emplace(list.id, &number_lists.emplace_back(list));
  for (const auto& use : catalogue.list_uses) {
    const auto list = by_id.find(use.list);
    if (list == by_id.end()) continue;
    auto& owner = lists[use.owner];
    (use.of_caller ? owner.calling : owner.called).push_back(list->second);
  }
}

namespace {

constexpr std::string_view kTransport = ";transport=";

bool begins_with(std::string_view text, std::string_view head) {
  return iequals(text.substr(0, head.size()), head);
}

std::optional<domain::SipTransport> transport_of(std::string_view name) {
  using domain::SipTransport;
  for (const auto one : {SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls})
    if (iequals(domain::to_string(one), name)) return one;
  return std::nullopt;
}

// "example.net:5070": the port comes off. False: it is none.
bool take_port(std::string_view& host, std::uint16_t& port) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos) return true;
  const auto* end = host.data() + host.size();
  const auto parsed = std::from_chars(host.data() + colon + 1, end, port);
  host = host.substr(0, colon);
  return parsed.ec == std::errc() && parsed.ptr == end && port != 0;
}

// As for names that customers give: not this machine, not many.
bool may_be_called(const domain::IpAddress& ip) {
  static const auto own = *domain::IpAddress::parse("::1");
  const bool multicast = ip.v6 ? ip.bytes[0] == 0xff : ip.bytes[0] >= 224;
  const bool loopback = ip.v6 ? ip == own : ip.bytes[0] == 127;
  return !multicast && !loopback && !ip.is_unspecified();
}

// "sip:host", "sip:user@host:port;transport=tcp": where it leads. nullopt: nowhere that a call can be sent.
std::optional<domain::Endpoint> endpoint_of(std::string_view uri) {
  const bool secure = begins_with(uri, "sips:");
  if (!secure && !begins_with(uri, "sip:")) return std::nullopt;
  uri.remove_prefix(secure ? 5 : 4);
  if (const auto user = uri.find('@'); user != std::string_view::npos) uri.remove_prefix(user + 1);
  const auto rest = std::min(uri.find(';'), uri.size());
  const std::string_view parameters = uri.substr(rest);
  uri = uri.substr(0, rest);
  domain::Endpoint endpoint;
  endpoint.transport = secure ? domain::SipTransport::Tls : domain::SipTransport::Udp;
  if (const auto at = parameters.find(kTransport); at != std::string_view::npos) {
    const auto value = parameters.substr(at + kTransport.size());
    const auto transport = transport_of(value.substr(0, value.find(';')));
    if (!transport) return std::nullopt;
    endpoint.transport = *transport;
  }
  auto address = domain::SocketAddress::parse(uri);
  if (const auto ip = domain::IpAddress::parse(uri); !address && ip)
    address = domain::SocketAddress{*ip, static_cast<std::uint16_t>(secure ? 5061 : 5060)};
  if (address) {
    if (!may_be_called(address->ip)) return std::nullopt;
    endpoint.address = *address;
    return endpoint;
  }
  if (!take_port(uri, endpoint.address.port) || uri.empty()) return std::nullopt;
  endpoint.host = uri;
  return endpoint;
}

}  // namespace

void Snapshot::Impl::compile_destinations() {
  for (auto& number : catalogue.numbers) {
    std::sort(number.destinations.begin(), number.destinations.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
    for (const auto& destination : number.destinations)
      if (destination.kind == "uri")
        if (auto endpoint = endpoint_of(destination.target)) uris.emplace(&destination, std::move(*endpoint));
  }
}

void Snapshot::Impl::compile_changes(WallTime at) {
  const auto consider = [&](WallTime when) {
    if (when > at) changes_at = std::min(changes_at, when);
  };
  consider(schedules->next_edge(at));
  consider(fx.next_change(at));
  for (const auto& table : cost_tables)
    consider(table->changes_at());
  for (const auto& [id, account] : accounts)
    for (const auto& one : account.decks) {
      consider(one.from);
      consider(one.to);
    }
}

}  // namespace warp::routing

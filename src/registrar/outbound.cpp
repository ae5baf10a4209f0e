#include "warp/registrar/outbound.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>

#include "warp/sip/auth/digest_client.h"
#include "warp/sip/message/uri.h"
#include "warp/sip/message/writer.h"

#include "register_request.h"

namespace warp::registrar {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kTooBrief = 423;
constexpr std::chrono::seconds kFirstPause{30}, kLongestPause{30min}, kLongestExpiry{24h};

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return std::chrono::seconds(number);
}

domain::Cidr host_of(const domain::IpAddress& ip) {
  return {ip, static_cast<std::uint8_t>(ip.v6 ? 128 : 32)};
}

// What one registration is about; another one when any of it differs.
struct Wanted {
  domain::ProviderCredential credential;
  sip::Target target;
  std::string registrar;  // Request-URI
  std::vector<domain::Cidr> peers;

  bool same_as(const Wanted& other) const {
    return credential == other.credential && target.address == other.target.address &&
           target.transport == other.target.transport && registrar == other.registrar;
  }
};

// Nullopt: there is nowhere to register.
std::optional<Wanted> wanted_of(const domain::Provider& provider,
                                const domain::ProviderCredential& credential) {
  Wanted wanted;
  wanted.credential = credential;
  for (const auto& source : provider.source_addresses)
    wanted.peers.push_back(source.cidr);
  for (const auto& endpoint : provider.endpoints)
    if (endpoint.host.empty()) wanted.peers.push_back(host_of(endpoint.address.ip));
  const domain::Endpoint* first = provider.endpoints.empty() ? nullptr : &provider.endpoints.front();
  if (first != nullptr) wanted.target = {.address = first->address, .transport = first->transport};
  wanted.registrar = credential.registrar;
  if (wanted.registrar.empty()) {
    if (first == nullptr) return std::nullopt;
    wanted.registrar = "sip:" + (first->host.empty() ? first->address.to_string() : first->host);
  }
  const auto uri = sip::Uri::parse(wanted.registrar);
  if (!uri) return std::nullopt;
  // A name goes to the provider's first endpoint; an address to itself.
  if (const auto ip = domain::IpAddress::parse(uri->host)) {
    wanted.target.address = {*ip, uri->port != 0 ? uri->port : std::uint16_t{5060}};
    wanted.peers.push_back(host_of(*ip));
  } else if (first == nullptr) {
    return std::nullopt;
  }
  return wanted;
}

}  // namespace

std::string_view to_string(OutboundState state) {
  switch (state) {
    case OutboundState::Idle:
      return "idle";
    case OutboundState::Registering:
      return "registering";
    case OutboundState::Registered:
      return "registered";
    case OutboundState::Rejected:
      return "rejected";
    case OutboundState::Unreachable:
      return "unreachable";
    case OutboundState::Unregistered:
      return "unregistered";
  }
  return "";
}

struct OutboundRegistrations::Impl {
  struct Registration {
    Wanted wanted;
    sip::PeerCredential peer;
    sip::DigestClient digest;
    OutboundView view;
    std::string call_id, tag;
    std::uint32_t cseq = 0;
    std::chrono::seconds expires{3600};
    bool ending = false, raised = false;  // the interval was too brief once
    sip::TransactionId running = 0;
    net::TimerWheel::Handle timer;
  };

  Impl(OutboundRegistrations& self, const Dependencies& given)
      : owner(self),
        needs(given),
        registered(given.metrics.gauge("warp_registrar_outbound_registered",
                                       "Our registrations at providers that stand.")) {
    const auto outcome = [&](const char* name) {
      return &given.metrics.counter("warp_registrar_outbound_answers_total",
                                    "Answers to REGISTER requests of ours, by outcome.", {{"outcome", name}});
    };
    accepted = outcome("registered");
    challenged = outcome("challenged");
    rejected = outcome("rejected");
    silent = outcome("unreachable");
  }

  void follow();
  void begin(Wanted wanted);
  void end(Registration& one);
  void send(Registration& one);
  void on_response(Registration& one, const sip::Message& response, const sip::Flow& from);
  void on_accepted(Registration& one, const sip::Message& response);
  void fail(Registration& one, OutboundState state, std::optional<std::chrono::seconds> pause = {});
  void again_in(Registration& one, std::chrono::milliseconds pause);
  void enter(Registration& one, OutboundState state);
  void publish();
  Registration* by_transaction(sip::TransactionId id);
  void forget(Registration& one);

  OutboundRegistrations& owner;
  const Dependencies needs;
  metrics::Gauge& registered;
  metrics::Counter *accepted, *challenged, *rejected, *silent;
  std::map<Uuid, std::unique_ptr<Registration>> running;  // by credential
  std::vector<std::unique_ptr<Registration>> ending;      // their last word is under way
  bool leaving = false;

  mutable std::mutex mutex;
  std::vector<OutboundView> views;
};

void OutboundRegistrations::Impl::publish() {
  std::vector<OutboundView> all;
  double standing = 0;
  for (const auto& [id, one] : running) {
    all.push_back(one->view);
    if (one->view.state == OutboundState::Registered) ++standing;
  }
  registered.set(standing);
  const std::lock_guard lock(mutex);
  views.swap(all);
}

void OutboundRegistrations::Impl::enter(Registration& one, OutboundState state) {
  if (one.view.state != state && state != OutboundState::Registering)
    needs.log.info("registrar.outbound", {{"provider", one.view.provider},
                                          {"registrar", one.wanted.registrar},
                                          {"state", to_string(state)},
                                          {"status", one.view.last_status}});
  one.view.state = state;
}

void OutboundRegistrations::Impl::follow() {
  const auto snapshot = needs.snapshots.current();
  if (!snapshot || leaving) return;
  std::map<Uuid, Wanted> wanted;
  for (const auto& provider : snapshot->providers()) {
    if (!provider.enabled) continue;
    for (const auto& credential : provider.credentials) {
      if (!credential.registers) continue;
      if (auto one = wanted_of(provider, credential)) wanted.emplace(credential.id, std::move(*one));
    }
  }
  for (auto at = running.begin(); at != running.end();) {
    const auto still = wanted.find(at->first);
    if (still != wanted.end() && still->second.same_as(at->second->wanted)) {
      at->second->peer.peers = still->second.peers;
      wanted.erase(still);
      ++at;
      continue;
    }
    auto gone = std::move(at->second);
    at = running.erase(at);
    end(*gone);
    if (gone->running != 0) ending.push_back(std::move(gone));
  }
  for (auto& [id, one] : wanted)
    begin(std::move(one));
  publish();
}

void OutboundRegistrations::Impl::begin(Wanted wanted) {
  auto made = std::make_unique<Registration>();
  Registration& one = *made;
  const auto& credential = wanted.credential;
  one.peer = {
      credential.username, credential.realm, {credential.ha1_md5, credential.ha1_sha256}, wanted.peers};
  one.view.provider = credential.provider;
  one.view.credential = credential.id;
  one.view.registrar = wanted.registrar;
  one.expires = credential.expires;
  one.tag = needs.ids.hex(16);
  const auto high = needs.ids.next64();
  const auto low = needs.ids.next64();
  one.call_id = sip::make_call_id(needs.shard, high, low, "registrar");
  one.wanted = std::move(wanted);
  running[one.view.credential] = std::move(made);
  send(one);
}

void OutboundRegistrations::Impl::end(Registration& one) {
  needs.wheel.cancel(one.timer);
  if (one.running != 0) needs.transactions.abandon(one.running);
  one.running = 0;
  one.ending = true;
  const bool known = one.view.registered_at.has_value();
  enter(one, OutboundState::Unregistered);
  if (!known) return;
  one.digest.next_request();
  send(one);
}

void OutboundRegistrations::Impl::send(Registration& one) {
  const auto flow = needs.sender.flow_towards(one.wanted.target);
  if (!flow) return fail(one, OutboundState::Unreachable);
  const auto& credential = one.wanted.credential;
  const std::string_view sent_by = needs.sender.sent_by(flow->listener);
  const std::string user = credential.from_user.empty() ? credential.username : credential.from_user;
  const std::string domain = credential.from_domain.empty() ? credential.realm : credential.from_domain;
  const std::string address = "<sip:" + user + "@" + domain + ">";
  one.view.contact = "sip:" + user + "@" + std::string(sent_by);
  if (flow->reliable()) {
    std::string transport(domain::to_string(flow->transport));
    for (char& c : transport)
      c = static_cast<char>(c | 0x20);
    one.view.contact += ";transport=" + transport;
  }
  const std::string branch = needs.transactions.new_branch();
  std::string bytes;
  sip::Writer writer(bytes);
  writer.request(sip::Method::Register, one.wanted.registrar);
  writer.header(sip::HeaderId::Via,
                {"SIP/2.0/", domain::to_string(flow->transport), " ", sent_by, ";branch=", branch, ";rport"});
  writer.header(sip::HeaderId::MaxForwards, std::uint64_t{70});
  writer.header(sip::HeaderId::From, {address, ";tag=", one.tag});
  writer.header(sip::HeaderId::To, address);
  writer.header(sip::HeaderId::CallId, one.call_id);
  writer.header(sip::HeaderId::CSeq, {std::to_string(++one.cseq), " REGISTER"});
  writer.header(sip::HeaderId::Contact, {"<", one.view.contact, ">"});
  writer.header(sip::HeaderId::Expires, static_cast<std::uint64_t>(one.ending ? 0 : one.expires.count()));
  one.digest.write(writer, "REGISTER", one.wanted.registrar, flow->remote.ip, one.peer, needs.ids);
  if (!needs.server.empty()) writer.header(sip::HeaderId::UserAgent, needs.server);
  writer.finish();
  if (!writer.ok()) return fail(one, OutboundState::Rejected);
  if (!one.ending && one.view.state != OutboundState::Registered) enter(one, OutboundState::Registering);
  one.running =
      needs.transactions.send_request(sip::Method::Register, branch, std::move(bytes), *flow, &owner);
}

OutboundRegistrations::Impl::Registration* OutboundRegistrations::Impl::by_transaction(
    sip::TransactionId id) {
  if (id == 0) return nullptr;
  for (const auto& [credential, one] : running)
    if (one->running == id) return one.get();
  for (const auto& one : ending)
    if (one->running == id) return one.get();
  return nullptr;
}

void OutboundRegistrations::Impl::forget(Registration& one) {
  std::erase_if(ending, [&](const auto& kept) { return kept.get() == &one; });
}

void OutboundRegistrations::Impl::again_in(Registration& one, std::chrono::milliseconds pause) {
  needs.wheel.cancel(one.timer);
  one.timer = needs.wheel.arm(pause, [this, &one] {
    one.timer = {};
    one.digest.next_request();
    send(one);
    publish();
  });
}

// Doubling from half a minute to half an hour, each with up to a fifth more, so that a registrar that comes
// back is not met by everybody at once.
void OutboundRegistrations::Impl::fail(Registration& one, OutboundState state,
                                       std::optional<std::chrono::seconds> pause) {
  one.running = 0;
  if (one.ending) return;
  ++one.view.failures;
  enter(one, state);
  const auto doubled = kFirstPause * (1u << std::min(one.view.failures - 1, 6u));
  const std::chrono::milliseconds base =
      std::min<std::chrono::seconds>(pause.value_or(doubled), kLongestPause);
  again_in(one, base + std::chrono::milliseconds(needs.ids.next64() % (base.count() / 5 + 1)));
}

void OutboundRegistrations::Impl::on_accepted(Registration& one, const sip::Message& response) {
  accepted->add();
  std::chrono::seconds granted = one.expires;
  if (const auto expires = seconds_in(response.header(sip::HeaderId::Expires))) granted = *expires;
  for (const sip::Header& header : response.headers()) {
    if (header.id != sip::HeaderId::Contact) continue;
    for (const std::string_view item : sip::split_list(header.value)) {
      const auto contact = sip::parse_name_addr(item);
      if (!contact || contact->uri != one.view.contact) continue;
      const auto text = header_param(contact->params, "expires");
      if (const auto expires = text ? seconds_in(*text) : std::nullopt) granted = *expires;
    }
  }
  if (granted < 1s) return fail(one, OutboundState::Rejected);
  one.view.failures = 0;
  one.raised = false;
  one.view.registered_at = needs.clock.wall();
  one.view.expires_at = *one.view.registered_at + granted;
  enter(one, OutboundState::Registered);
  const auto part = 800 + needs.ids.next64() % 101;  // thousandths
  again_in(one, std::chrono::milliseconds(granted.count() * static_cast<std::int64_t>(part)));
}

void OutboundRegistrations::Impl::on_response(Registration& one, const sip::Message& response,
                                              const sip::Flow& from) {
  one.running = 0;
  one.view.last_status = response.status();
  if (response.status() < 300) {
    if (!one.ending) on_accepted(one, response);
    return;
  }
  if (one.digest.take(response, from.remote.ip, one.peer) == sip::DigestAnswer::Ready) {
    challenged->add();
    return send(one);
  }
  rejected->add();
  if (response.status() == kTooBrief && !one.raised) {
    const auto least = seconds_in(response.header(sip::HeaderId::MinExpires));
    if (least && *least > one.expires && *least <= kLongestExpiry) {
      one.raised = true;
      one.expires = *least;
      one.digest.next_request();
      return send(one);
    }
  }
  fail(one, OutboundState::Rejected, seconds_in(response.header(sip::HeaderId::RetryAfter)));
}

OutboundRegistrations::OutboundRegistrations(const Dependencies& dependencies)
    : impl_(std::make_unique<Impl>(*this, dependencies)) {}

OutboundRegistrations::~OutboundRegistrations() {
  for (auto& [id, one] : impl_->running)
    impl_->needs.wheel.cancel(one->timer);
}

void OutboundRegistrations::follow() {
  impl_->follow();
}

void OutboundRegistrations::leave() {
  impl_->leaving = true;
  for (auto& [id, one] : impl_->running)
    if (!one->ending) impl_->end(*one);
  impl_->publish();
}

std::vector<OutboundView> OutboundRegistrations::states() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->views;
}

void OutboundRegistrations::on_response(sip::TransactionId id, const sip::Message& response,
                                        const sip::Flow& from) {
  if (response.status() < 200) return;
  auto* one = impl_->by_transaction(id);
  if (one == nullptr) return;
  impl_->on_response(*one, response, from);
  if (one->ending && one->running == 0) impl_->forget(*one);
  impl_->publish();
}

void OutboundRegistrations::on_timeout(sip::TransactionId id) {
  auto* one = impl_->by_transaction(id);
  if (one == nullptr) return;
  impl_->silent->add();
  one->view.last_status = 0;
  impl_->fail(*one, OutboundState::Unreachable);
  if (one->ending) impl_->forget(*one);
  impl_->publish();
}

void OutboundRegistrations::on_transport_error(sip::TransactionId id) {
  on_timeout(id);
}

}  // namespace warp::registrar

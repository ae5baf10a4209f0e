#include "warp/registrar/registrar.h"

#include <algorithm>
#include <utility>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"
#include "warp/sip/message/writer.h"
#include "warp/sip/transport/response_path.h"

#include "register_request.h"

namespace warp::registrar {

using domain::Reason;

namespace {

constexpr std::uint16_t kUnauthorized = 401;
constexpr std::uint16_t kIntervalTooBrief = 423;
constexpr std::uint16_t kServerError = 500;
constexpr std::uint32_t kHour = 3600;
constexpr std::string_view kExtensions = "path, outbound, gin";

// Who registers.
struct Owner {
  const domain::Trunk* trunk = nullptr;
  const domain::Credential* credential = nullptr;
};

struct Answer {
  std::uint16_t status = 200;
  Reason reason = Reason::NormalClearing;
  std::vector<std::string> challenges{};
  std::string unsupported{};
  std::chrono::seconds min_expires{0};
  // Of a 200.
  std::vector<std::string> contacts{};
  std::vector<std::string> path{};
  bool outbound = false, stream = false;
};

bool behind_nat(const Asked& asked, const AskedContact& contact, const sip::Flow& from) {
  return !asked.proxied && !from.reliable() && contact.address != from.remote;
}

// As a Contact header of an answer names it.
std::string contact_of(const domain::Binding& binding, WallTime now) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(binding.expires_at - now).count();
  std::string contact;
  contact.reserve(binding.contact.size() + binding.instance.size() + 64);
  contact.append("<").append(binding.contact).append(">;expires=").append(std::to_string(left));
  if (binding.q != 1000) {
    const std::string digits = std::to_string(1000 + binding.q);
    contact += ";q=0." + digits.substr(1);
  }
  if (!binding.instance.empty()) contact += ";+sip.instance=\"" + binding.instance + "\"";
  if (binding.reg_id != 0) contact += ";reg-id=" + std::to_string(binding.reg_id);
  return contact;
}

std::vector<std::string> contacts_of(const BindingStore::List& list, WallTime now) {
  std::vector<std::string> contacts;
  contacts.reserve(list.size());
  for (const domain::Binding& binding : list)
    contacts.push_back(contact_of(binding, now));
  return contacts;
}

bool may_come_by(const domain::AccessPolicy& policy, const sip::Flow& from) {
  const auto& names = policy.transports;
  return names.empty() ||
         std::find(names.begin(), names.end(), domain::to_string(from.transport)) != names.end();
}

// RFC 3261 §10.3, step 7: what the same Call-ID said later must not be undone.
bool is_old(const domain::Binding& kept, const sip::Message& request) {
  return kept.call_id == request.call_id() && kept.cseq >= request.cseq().number;
}

}  // namespace

struct Registrar::Impl {
  Impl(const Dependencies& given, Settings configured)
      : needs(given), settings(std::move(configured)), auth(given.metrics) {
    const auto outcome = [&](const char* name) {
      return &needs.metrics.counter("warp_registrar_registrations_total",
                                    "REGISTER requests answered, by outcome.", {{"outcome", name}});
    };
    registered = outcome("registered");
    removed = outcome("removed");
    queried = outcome("queried");
    challenged = outcome("challenged");
    refused = outcome("refused");
  }

  Answer handle(const sip::Message& request, const sip::Flow& from);
  bool challenge_at_once(const sip::Message& request, const sip::Flow& from, std::string& response);
  std::optional<std::string_view> realm_of(const routing::Snapshot& snapshot, const sip::Message& request,
                                           const domain::Trunk* at_address) const;
  std::optional<Answer> authenticate(const routing::Snapshot& snapshot, const sip::Message& request,
                                     const sip::Flow& from, Owner& owner);
  Answer challenge(std::string_view realm, const sip::Flow& from, bool stale);
  Answer wrong(const sip::Flow& from);
  Answer refuse(Reason reason, std::uint16_t status = 0);
  std::optional<Answer> check_expiry(const Asked& asked, const domain::AccessPolicy& policy);
  std::chrono::seconds granted(const Asked& asked, const AskedContact& contact,
                               const domain::AccessPolicy& policy, const sip::Flow& from) const;
  domain::Binding make(const Owner& owner, const Asked& asked, const AskedContact& contact,
                       const sip::Message& request, const sip::Flow& from, std::string id) const;
  std::optional<Reason> apply(const Owner& owner, const Asked& asked, const sip::Message& request,
                              const sip::Flow& from, BindingStore::List& list) const;
  // Nothing is written when the request cannot be answered.
  void write(const Answer& answer, const sip::Message& request, const sip::Flow& from, std::string_view tag,
             std::string& bytes) const;
  void note(const Answer& answer, const sip::Flow& from) const;

  const Dependencies needs;
  const Settings settings;
  sip::AuthMetrics auth;
  metrics::Counter *registered, *removed, *queried, *challenged, *refused;
  std::string scratch;  // answers are written here
};

Answer Registrar::Impl::refuse(Reason reason, std::uint16_t status) {
  refused->add();
  return {.status = status != 0 ? status : domain::info(reason).sip_status, .reason = reason};
}

Answer Registrar::Impl::wrong(const sip::Flow& from) {
  auth.of(sip::DigestVerdict::Wrong).add();
  if (needs.on_auth_failure) needs.on_auth_failure(from);
  return refuse(Reason::AuthenticationFailed);
}

Answer Registrar::Impl::challenge(std::string_view realm, const sip::Flow& from, bool stale) {
  challenged->add();
  auth.challenges.add();
  return {.status = kUnauthorized,
          .reason = Reason::AuthenticationRequired,
          .challenges = needs.digest.challenges(realm, stale, from.remote.ip, needs.clock.wall(), needs.ids)};
}

// Of the trunk at the address; else the domain that was asked for, when somebody has credentials in it. A
// view of the snapshot, the request or the settings; nullopt: the Request-URI is none.
std::optional<std::string_view> Registrar::Impl::realm_of(const routing::Snapshot& snapshot,
                                                          const sip::Message& request,
                                                          const domain::Trunk* at_address) const {
  const auto uri = sip::Uri::parse(request.request_uri());
  if (!uri) return std::nullopt;
  if (at_address != nullptr && !at_address->sip.access.realm.empty()) return at_address->sip.access.realm;
  return snapshot.has_realm(uri->host) ? uri->host : std::string_view(settings.realm);
}

bool Registrar::Impl::challenge_at_once(const sip::Message& request, const sip::Flow& from,
                                        std::string& response) {
  if (request.has(sip::HeaderId::Authorization)) return false;
  const auto snapshot = needs.snapshots.current();
  if (!snapshot) return false;
  const auto realm = realm_of(*snapshot, request, snapshot->source(from.remote, from.transport).trunk);
  if (!realm) return false;
  const Answer answer = challenge(*realm, from, false);
  write(answer, request, from, sip::stateless_tag(request), response);
  note(answer, from);
  return !response.empty();
}

std::optional<Answer> Registrar::Impl::authenticate(const routing::Snapshot& snapshot,
                                                    const sip::Message& request, const sip::Flow& from,
                                                    Owner& owner) {
  const routing::Source source = snapshot.source(from.remote, from.transport);
  const auto realm = realm_of(snapshot, request, source.trunk);
  if (!realm) return refuse(Reason::MessageMalformed);
  const auto given = sip::credentials_of(request, sip::HeaderId::Authorization, *realm);
  if (!given) return wrong(from);
  if (!*given) return challenge(*realm, from, false);
  const domain::Credential* known = snapshot.credential((*given)->username, *realm);
  const domain::Trunk* trunk = known != nullptr ? snapshot.trunk(known->trunk) : nullptr;
  const domain::Customer* customer = trunk != nullptr ? snapshot.customer(trunk->customer) : nullptr;
  const bool may = customer != nullptr && customer->active && trunk->enabled &&
                   may_come_by(trunk->sip.access, from) &&
                   (trunk->auth_type != domain::AuthType::Both || source.trunk == trunk);
  const sip::DigestSecret secret =
      may ? sip::DigestSecret{known->ha1_md5, known->ha1_sha256} : sip::DigestSecret{};
  const auto verified =
      needs.digest.verify(**given, {request.method_text(), request.request_uri(), from.remote.ip},
                          may ? &secret : nullptr, needs.clock.wall());
  if (verified.verdict == sip::DigestVerdict::Wrong) return wrong(from);
  auth.of(verified.verdict).add();
  if (verified.verdict != sip::DigestVerdict::Accepted) return challenge(*realm, from, true);
  if (needs.on_auth_success) needs.on_auth_success(from);
  owner = {trunk, known};
  return std::nullopt;
}

// RFC 3261 §10.3, step 7: below the least, and below an hour.
std::optional<Answer> Registrar::Impl::check_expiry(const Asked& asked, const domain::AccessPolicy& policy) {
  const auto least = static_cast<std::uint32_t>(policy.least_expiry.count());
  for (const AskedContact& contact : asked.contacts) {
    const auto wish = contact.expires ? contact.expires : asked.expires;
    if (!wish || *wish == 0 || *wish >= least || *wish >= kHour) continue;
    Answer answer = refuse(Reason::RegistrationTooBrief, kIntervalTooBrief);
    answer.min_expires = policy.least_expiry;
    return answer;
  }
  return std::nullopt;
}

std::chrono::seconds Registrar::Impl::granted(const Asked& asked, const AskedContact& contact,
                                              const domain::AccessPolicy& policy,
                                              const sip::Flow& from) const {
  const auto wish = contact.expires ? contact.expires : asked.expires;
  if (wish == 0u) return std::chrono::seconds{0};
  const auto time = wish ? std::chrono::seconds(*wish) : settings.expiry;
  // A pinhole closes long before an hour has passed.
  const auto longest = behind_nat(asked, contact, from)
                           ? policy.least_expiry
                           : std::max(policy.longest_expiry, policy.least_expiry);
  return std::clamp(time, std::min(policy.least_expiry, longest), longest);
}

domain::Binding Registrar::Impl::make(const Owner& owner, const Asked& asked, const AskedContact& contact,
                                      const sip::Message& request, const sip::Flow& from,
                                      std::string id) const {
  domain::Binding binding;
  binding.id = std::move(id);
  binding.user = owner.credential->username;
  binding.credential = owner.credential->id;
  binding.credential_version = owner.credential->version;
  binding.contact = contact.uri;
  binding.path = asked.path;
  binding.instance = contact.instance;
  binding.reg_id = asked.outbound ? contact.reg_id : 0;
  binding.received = from.remote;
  binding.local = from.local;
  binding.transport = from.transport;
  binding.listener = from.listener;
  binding.connection = from.connection;
  binding.node = needs.bindings.node();
  binding.q = contact.q;
  binding.gin = contact.gin;
  binding.user_agent = request.header(sip::HeaderId::UserAgent).substr(0, 128);
  binding.call_id = request.call_id().substr(0, 256);
  binding.cseq = request.cseq().number;
  binding.registered_at = needs.clock.wall();
  binding.expires_at = binding.registered_at + granted(asked, contact, owner.trunk->sip.access, from);
  return binding;
}

// All of it or, with a reason, part of it: then the list is not to be kept.
std::optional<Reason> Registrar::Impl::apply(const Owner& owner, const Asked& asked,
                                             const sip::Message& request, const sip::Flow& from,
                                             BindingStore::List& list) const {
  if (asked.star) {
    for (const auto& kept : list)
      if (is_old(kept, request)) return Reason::RequestPending;
    list.clear();
    return std::nullopt;
  }
  const WallTime now = needs.clock.wall();
  const std::string trunk = owner.trunk->id.to_string();
  for (const AskedContact& contact : asked.contacts) {
    const std::string key = binding_key(contact, asked.outbound);
    const auto digest =
        sip::digest_of(sip::DigestAlgorithm::Sha256, {trunk, owner.credential->username, key});
    const std::string_view id = digest.view().substr(0, 24);
    const auto same = std::find_if(list.begin(), list.end(), [&](const auto& kept) { return kept.id == id; });
    if (same != list.end() && is_old(*same, request)) return Reason::RequestPending;
    domain::Binding fresh = make(owner, asked, contact, request, from, std::string(id));
    if (fresh.expires_at <= now) {
      if (same != list.end()) list.erase(same);
    } else if (same != list.end()) {
      *same = std::move(fresh);
    } else if (list.size() >= owner.trunk->sip.access.most_bindings) {
      return Reason::TooManyBindings;
    } else {
      list.push_back(std::move(fresh));
    }
  }
  return std::nullopt;
}

Answer Registrar::Impl::handle(const sip::Message& request, const sip::Flow& from) {
  const auto snapshot = needs.snapshots.current();
  if (!snapshot) return refuse(Reason::NotReady, 503);
  Owner owner;
  if (auto answer = authenticate(*snapshot, request, from, owner)) return std::move(*answer);
  auto asked = read_register(request);
  if (!asked) {
    Answer answer = refuse(asked.error().reason, asked.error().status);
    answer.unsupported = asked.error().unsupported;
    return answer;
  }
  if (asked->user != owner.credential->username) return refuse(Reason::RecipientNotAllowed);
  if (auto answer = check_expiry(*asked, owner.trunk->sip.access)) return std::move(*answer);
  const AddressOfRecord address{owner.trunk->id, owner.credential->username};
  Answer answer;
  if (asked->contacts.empty() && !asked->star) {
    queried->add();
    answer.contacts = contacts_of(needs.bindings.of(address), needs.clock.wall());
    return answer;
  }
  std::optional<Reason> obstacle;
  needs.bindings.edit(address, [&](BindingStore::List& list) {
    obstacle = apply(owner, *asked, request, from, list);
    if (obstacle) return false;
    answer.contacts = contacts_of(list, needs.clock.wall());
    return true;
  });
  if (obstacle == Reason::RequestPending) return refuse(Reason::MessageMalformed, kServerError);
  if (obstacle) return refuse(*obstacle);
  const bool all_gone =
      asked->star || std::all_of(asked->contacts.begin(), asked->contacts.end(), [&](auto& one) {
        return (one.expires ? one.expires : asked->expires) == 0u;
      });
  (all_gone ? removed : registered)->add();
  if (asked->path_supported) answer.path = asked->path;
  answer.outbound =
      asked->outbound && std::any_of(asked->contacts.begin(), asked->contacts.end(),
                                     [](auto& one) { return !one.instance.empty() && one.reg_id != 0; });
  answer.stream = from.reliable();
  return answer;
}

void Registrar::Impl::write(const Answer& answer, const sip::Message& request, const sip::Flow& from,
                            std::string_view tag, std::string& bytes) const {
  sip::Writer writer(bytes);
  const sip::ViaStamp stamp = sip::via_stamp(request, from);
  writer.response_to(request, answer.status, {}, tag, stamp.received, stamp.rport);
  for (const std::string& contact : answer.contacts)
    writer.header(sip::HeaderId::Contact, contact);
  for (const std::string& path : answer.path)
    writer.header("Path", path);
  if (answer.status == 200) writer.header(sip::HeaderId::Supported, kExtensions);
  if (answer.outbound) {
    writer.header(sip::HeaderId::Require, "outbound");
    if (answer.stream) writer.header("Flow-Timer", std::to_string(settings.flow_timer.count()));
  }
  for (const std::string& value : answer.challenges)
    writer.header(sip::HeaderId::WwwAuthenticate, value);
  if (!answer.unsupported.empty()) writer.header(sip::HeaderId::Unsupported, answer.unsupported);
  if (answer.min_expires.count() > 0)
    writer.header(sip::HeaderId::MinExpires, static_cast<std::uint64_t>(answer.min_expires.count()));
  if (answer.status == 503) writer.header(sip::HeaderId::RetryAfter, std::uint64_t{5});
  if (answer.reason != Reason::NormalClearing)
    writer.header(sip::HeaderId::Reason, {"WARP;cause=", std::to_string(static_cast<unsigned>(answer.reason)),
                                          ";text=\"", domain::to_string(answer.reason), "\""});
  if (!settings.server.empty()) writer.header(sip::HeaderId::Server, settings.server);
  writer.finish();
}

void Registrar::Impl::note(const Answer& answer, const sip::Flow& from) const {
  if (!needs.log.enabled(log::Level::Debug)) return;
  needs.log.debug("registrar.answered", {{"source", from.remote.to_string()},
                                         {"status", answer.status},
                                         {"reason", domain::to_string(answer.reason)},
                                         {"bindings", answer.contacts.size()}});
}

Registrar::Registrar(const Dependencies& dependencies, Settings settings)
    : impl_(std::make_unique<Impl>(dependencies, std::move(settings))) {
  dependencies.transactions.set_user(sip::Method::Register, *this);
}

Registrar::~Registrar() = default;

void Registrar::on_request(sip::TransactionId id, const sip::Message& request, const sip::Flow& from) {
  const Answer answer = impl_->handle(request, from);
  std::string& bytes = impl_->scratch;
  impl_->write(answer, request, from, impl_->needs.ids.hex(16), bytes);
  if (bytes.empty()) return;
  impl_->note(answer, from);
  // A copy as long as it is: the transaction keeps it for half a minute.
  impl_->needs.transactions.respond(id, answer.status, std::string(bytes));
}

bool Registrar::answers_statelessly(const sip::Message& request, const sip::Flow& from,
                                    std::string& response) {
  return impl_->challenge_at_once(request, from, response);
}

}  // namespace warp::registrar

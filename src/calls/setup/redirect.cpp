#include "redirect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "capabilities.h"

namespace warp::calls {

namespace {

constexpr std::size_t kMostContacts = 20;
constexpr std::size_t kMostContactAddresses = 2;  // of one name
constexpr std::size_t kLongestContactUser = 128;
constexpr std::uint16_t kSipPort = 5060, kSipsPort = 5061;
constexpr std::uint32_t kWholeQ = 1000;

// "0.7" in thousandths (RFC 3261 §25.1: qvalue); what is none counts as 1.
std::uint32_t q_of(std::string_view params) {
  while (!params.empty()) {
    params.remove_prefix(1);
    const std::size_t next = std::min(params.find(';'), params.size());
    const std::string_view param = trim(params.substr(0, next));
    params.remove_prefix(next);
    const std::size_t equals = param.find('=');
    if (equals == std::string_view::npos || !iequals(trim(param.substr(0, equals)), "q")) continue;
    const std::string_view value = trim(param.substr(equals + 1));
    if (!value.starts_with("0")) return kWholeQ;
    std::string digits(value.size() > 1 && value[1] == '.' ? value.substr(2) : std::string_view());
    digits.resize(3, '0');
    return parse_number<std::uint32_t>(digits, 0, kWholeQ).value_or(kWholeQ);
  }
  return kWholeQ;
}

// Contacts by q, those of one q as they stand.
std::vector<std::string_view> contacts_of(const sip::Message& response) {
  std::vector<std::pair<std::uint32_t, std::string_view>> found;
  for (const sip::Header& header : response.headers()) {
    if (header.id != sip::HeaderId::Contact) continue;
    for (const std::string_view value : sip::split_list(header.value)) {
      const auto address = sip::parse_name_addr(value);
      if (address && found.size() < kMostContacts) found.emplace_back(q_of(address->params), address->uri);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string_view> uris;
  uris.reserve(found.size());
  for (const auto& [q, uri] : found)
    uris.push_back(uri);
  return uris;
}

bool harmless_user(std::string_view user) {
  constexpr std::string_view kForbidden = "<>\"@ \t";
  return !user.empty() && user.size() <= kLongestContactUser && user.find_first_of(kForbidden) == user.npos &&
         std::all_of(user.begin(), user.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<domain::SipTransport> transport_of(const sip::Uri& uri) {
  if (uri.scheme == sip::Uri::Scheme::Sips) return domain::SipTransport::Tls;
  const auto named = uri.param("transport");
  if (!named || iequals(*named, "udp")) return domain::SipTransport::Udp;
  if (iequals(*named, "tcp")) return domain::SipTransport::Tcp;
  if (iequals(*named, "tls")) return domain::SipTransport::Tls;
  return std::nullopt;
}

bool of_customer(const RedirectTarget& target) {
  return target.candidate->provider == nullptr;
}

// False: no transport of ours leads there.
bool settle(Context& context, Call& call, RedirectTarget& target, const domain::SocketAddress& address,
            domain::SipTransport transport, std::string_view tls_name) {
  if (address.ip.is_unspecified() || is_forbidden(address.ip, of_customer(target))) return false;
  sip::Target place{address, transport};
  if (domain::is_secure(transport)) {
    place.tls_name = tls_name;
    const auto* provider = target.candidate->provider;
    place.tls_profile =
        (provider != nullptr ? provider->sip : call.setup->target_trunk->sip).access.tls_profile;
  }
  const auto flow = context.sender.flow_towards(place);
  if (flow) target.flow = *flow;
  return flow.has_value();
}

std::optional<RedirectTarget> target_of(Context& context, Call& call, std::string_view text) {
  const Attempt& attempt = call.setup->attempt;
  const auto uri = sip::Uri::parse(text);
  if (!uri) return std::nullopt;
  RedirectTarget target;
  target.candidate = attempt.candidate;
  if (uri->scheme == sip::Uri::Scheme::Tel) {
    auto number = uri->telephone();
    if (!number) return std::nullopt;
    target.called = std::move(*number);
    target.flow = attempt.flow;
    target.host = uri_host(*call.setup);
    return target;
  }
  const auto transport = transport_of(*uri);
  if (!transport || !harmless_user(uri->user)) return std::nullopt;
  target.called = uri->user;
  const std::string_view host = uri->param("maddr").value_or(uri->host);
  if (const auto ip = domain::IpAddress::parse(host)) {
    const std::uint16_t usual = *transport == domain::SipTransport::Tls ? kSipsPort : kSipPort;
    const domain::SocketAddress address{*ip, uri->port != 0 ? uri->port : usual};
    if (!settle(context, call, target, address, *transport, host)) return std::nullopt;
    target.host = target.flow.remote.to_string();
    return target;
  }
  if (context.locator == nullptr) return std::nullopt;
  target.host = host;
  if (uri->port != 0) target.host += ':' + std::to_string(uri->port);
  target.name = sip::Destination{.host = std::string(host), .port = uri->port};
  target.name->sips = uri->scheme == sip::Uri::Scheme::Sips;
  if (target.name->sips || uri->param("transport")) target.name->transport = *transport;
  return target;
}

// The first two addresses of a name take its place in the line.
void keep_located(Context& context, Call& call, const RedirectTarget& named, const sip::Located& located) {
  std::size_t kept = 0;
  for (const sip::LocatedTarget& found : located.targets) {
    RedirectTarget target{named.called, named.host, {}, {}, named.candidate, kept > 0};
    if (!settle(context, call, target, found.address, found.transport, named.name->host)) continue;
    auto& line = call.setup->redirects->next;
    line.insert(line.begin() + static_cast<std::ptrdiff_t>(kept++), std::move(target));
    if (kept == kMostContactAddresses) return;
  }
}

void ask(Context& context, Call& call, RedirectTarget named) {
  Setup& setup = *call.setup;
  const std::uint32_t question = setup.question = ++setup.questions;
  const sip::Destination destination = *named.name;
  auto answered = [&context, alive = std::weak_ptr(context.alive), serial = call.serial, question,
                   named = std::move(named)](const sip::Located& located) {
    Call* found = alive.expired() ? nullptr : context.table.find(serial);
    if (found == nullptr || !found->setup || found->setup->question != question) return;
    found->setup->question = 0;
    keep_located(context, *found, named, located);
    try_next(context, *found);
  };
  context.wheel.arm(context.settings.name_timeout, [answered] { answered({{}, true, false}); });
  context.locator->locate(destination, reach_of(context), context.ids.next64(), context.executor,
                          std::move(answered));
}

std::string place_of(std::string_view called, const sip::Flow& flow) {
  std::string place(called);
  place += '@';
  place += flow.remote.to_string();
  place += '/';
  place += domain::to_string(flow.transport);
  return place;
}

std::string place_of(std::string_view called, const sip::Destination& name) {
  std::string place(called);
  place += '@';
  place += name.host;
  place += ':';
  place += std::to_string(name.port);
  return place;
}

// Its user part, from the To that the attempt wrote.
std::string_view called_of(const Attempt& attempt) {
  const auto uri = sip::Uri::parse(attempt.to_uri);
  return uri ? uri->user : std::string_view();
}

}  // namespace

void RedirectsDeleter::operator()(Redirects* redirects) const {
  delete redirects;
}

void note_redirect(Context& context, Call& call, const sip::Message& response, Failure& failure) {
  Setup& setup = *call.setup;
  const domain::ProvisionalPolicy& policy = policy_of(setup, Side::Callee).provisional;
  switch (policy.redirect) {
    case domain::RedirectPolicy::NextRoute:
      return;
    case domain::RedirectPolicy::Refuse:
      failure.reason = domain::Reason::RedirectRefused;
      return;
    case domain::RedirectPolicy::Follow:
      break;
  }
  if (!setup.redirects) setup.redirects.reset(new Redirects);
  Redirects& redirects = *setup.redirects;
  const Attempt& attempt = setup.attempt;
  if (std::string here = place_of(called_of(attempt), attempt.flow);
      std::find(redirects.seen.begin(), redirects.seen.end(), here) == redirects.seen.end())
    redirects.seen.push_back(std::move(here));
  std::size_t place_in_line = 0;
  for (const std::string_view uri : contacts_of(response)) {
    if (redirects.followed + redirects.next.size() >= policy.most_redirects) return;
    auto target = target_of(context, call, uri);
    if (!target) continue;
    std::string place =
        target->name ? place_of(target->called, *target->name) : place_of(target->called, target->flow);
    if (std::find(redirects.seen.begin(), redirects.seen.end(), place) != redirects.seen.end()) continue;
    redirects.seen.push_back(std::move(place));
    // A redirect within a redirect comes before what is left of the first.
    const auto at = redirects.next.begin() + static_cast<std::ptrdiff_t>(place_in_line++);
    redirects.next.insert(at, std::move(*target));
  }
}

Pick next_redirect(Context& context, Call& call, RedirectTarget& place) {
  Redirects* redirects = call.setup->redirects.get();
  while (redirects != nullptr && !redirects->next.empty()) {
    place = std::move(redirects->next.front());
    redirects->next.pop_front();
    if (!place.name) {
      if (!place.another) {
        ++redirects->followed;
        context.metrics.redirects.add();
      }
      return Pick::Taken;
    }
    if (const auto known = context.locator->at_once(*place.name, reach_of(context), context.ids.next64())) {
      keep_located(context, call, place, *known);
      continue;
    }
    ask(context, call, std::move(place));
    return Pick::Waiting;
  }
  return Pick::None;
}

}  // namespace warp::calls

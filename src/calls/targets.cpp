#include "targets.h"

#include <algorithm>
#include <utility>

#include "warp/sip/transport/locator.h"

#include "attempts.h"
#include "record.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::size_t kTrunkAttempts = 4;  // by name, of a call to a customer

const domain::SipPolicy& policy_of(const Setup& setup, const routing::Candidate& candidate) {
  return candidate.provider != nullptr ? candidate.provider->sip : setup.target_trunk->sip;
}

template <class Owner>
bool has_endpoint(const Owner* owner, std::int64_t id) {
  return owner != nullptr && owner->enabled &&
         std::any_of(owner->endpoints.begin(), owner->endpoints.end(),
                     [id](const domain::Endpoint& one) { return one.id == id; });
}

// The call keeps the snapshot that it began with; an operator's "not there any more" holds at once all the
// same.
bool still_stands(const Context& context, const Setup& setup, const routing::Candidate& candidate) {
  const auto now = context.snapshots.current();
  if (now == setup.snapshot || now == nullptr) return true;
  return candidate.provider != nullptr
             ? has_endpoint(now->provider(candidate.provider->id), candidate.endpoint->id)
             : has_endpoint(now->trunk(setup.target_trunk->id), candidate.endpoint->id);
}

std::size_t most_attempts(const Setup& setup) {
  const auto& decision = setup.decision;
  const auto* customer = decision.customer;
  const auto* partition =
      setup.target_trunk == nullptr && customer != nullptr && customer->partition && setup.snapshot
          ? setup.snapshot->partition(*customer->partition)
          : nullptr;
  if (partition != nullptr) return std::max<std::size_t>(partition->max_attempts, 1);
  return std::max(decision.candidates.size(), kTrunkAttempts);
}

void drop_forbidden(std::vector<sip::LocatedTarget>& targets, bool of_customer) {
  std::erase_if(targets, [of_customer](const sip::LocatedTarget& target) {
    return is_forbidden(target.address.ip, of_customer);
  });
}

void aim_at(Setup& setup, const routing::Candidate& candidate, const domain::SocketAddress& address,
            domain::SipTransport transport) {
  Aim& aim = setup.aim;
  aim.candidate = &candidate;
  aim.address = address;
  aim.transport = transport;
  if (!domain::is_secure(transport)) return;
  const auto& wanted = policy_of(setup, candidate).access.tls_name;
  aim.tls_name = wanted.empty() ? candidate.endpoint->host : wanted;
}

void keep_located(Setup& setup, const routing::Candidate& candidate, sip::Located located) {
  auto named = std::make_unique<NamedTargets>();
  named->candidate = &candidate;
  named->targets = std::move(located.targets);
  drop_forbidden(named->targets, candidate.provider == nullptr);
  setup.named = std::move(named);
}

void go_on(Context& context, std::uint64_t serial, std::uint32_t question, sip::Located located) {
  Call* call = context.table.find(serial);
  if (call == nullptr || !call->setup || call->setup->question != question) return;
  Setup& setup = *call->setup;
  setup.question = 0;
  const routing::Candidate& candidate = setup.decision.candidates[setup.next_candidate - 1];
  keep_located(setup, candidate, std::move(located));
  try_next(context, *call);
}

void ask(Context& context, Call& call, sip::Destination destination) {
  Setup& setup = *call.setup;
  const std::uint32_t question = setup.question = ++setup.questions;
  auto answered = [&context, alive = std::weak_ptr(context.alive), serial = call.serial,
                   question](sip::Located located) {
    if (!alive.expired()) go_on(context, serial, question, std::move(located));
  };
  context.wheel.arm(context.settings.name_timeout, [answered] { answered({{}, true, false}); });
  context.locator->locate(std::move(destination), reach_of(context), context.ids.next64(), context.executor,
                          std::move(answered));
}

// True when its targets are known now, false when they are being asked for.
bool locate(Context& context, Call& call, const routing::Candidate& candidate) {
  Setup& setup = *call.setup;
  const domain::Endpoint& endpoint = *candidate.endpoint;
  if (context.locator == nullptr) {
    keep_located(setup, candidate, {});
    return true;
  }
  sip::Destination destination{endpoint.host, endpoint.address.port, endpoint.transport};
  if (endpoint.any_transport) destination.transport.reset();
  if (auto known = context.locator->at_once(destination, reach_of(context), context.ids.next64())) {
    keep_located(setup, candidate, std::move(*known));
    return true;
  }
  ask(context, call, std::move(destination));
  return false;
}

// The next of the name at hand; false when it has no more.
bool next_of_name(Context& context, Call& call) {
  Setup& setup = *call.setup;
  NamedTargets& named = *setup.named;
  const auto& candidate = *named.candidate;
  if (named.targets.empty()) note_skipped(call, candidate, Reason::NameUnresolved);
  const bool more = named.next < named.targets.size() && setup.tried < most_attempts(setup) &&
                    (named.next == 0 || still_stands(context, setup, candidate));
  if (!more) {
    setup.named.reset();
    return false;
  }
  const auto& target = named.targets[named.next++];
  aim_at(setup, candidate, target.address, target.transport);
  return true;
}

}  // namespace

bool is_forbidden(const domain::IpAddress& ip, bool of_customer) {
  const bool multicast = ip.v6 ? ip.bytes[0] == 0xff : ip.bytes[0] >= 224;
  static const auto own = *domain::IpAddress::parse("::1");
  const bool loopback = ip.v6 ? ip == own : ip.bytes[0] == 127;
  return multicast || (loopback && of_customer);
}

const sip::Reach& reach_of(Context& context) {
  if (!context.reach) context.reach = sip::Reach::of(context.sender);
  return *context.reach;
}

Pick next_target(Context& context, Call& call) {
  Setup& setup = *call.setup;
  for (;;) {
    if (setup.named && next_of_name(context, call)) return Pick::Taken;
    if (setup.next_candidate >= setup.decision.candidates.size()) return Pick::None;
    const routing::Candidate& candidate = setup.decision.candidates[setup.next_candidate++];
    if (setup.next_candidate > 1 && !still_stands(context, setup, candidate)) {
      note_skipped(call, candidate, Reason::TrunkHasNoEndpoint);
      continue;
    }
    if (!candidate.endpoint->named()) {
      aim_at(setup, candidate, candidate.endpoint->address, candidate.endpoint->transport);
      return Pick::Taken;
    }
    if (setup.tried >= most_attempts(setup)) continue;
    if (!locate(context, call, candidate)) return Pick::Waiting;
  }
}

sip::Target target_of(const Setup& setup) {
  const Aim& aim = setup.aim;
  return {aim.address, aim.transport,
          domain::is_secure(aim.transport) ? std::string_view(aim.tls_name) : std::string_view(),
          policy_of(setup, *aim.candidate).access.tls_profile};
}

std::string uri_host(const Setup& setup) {
  if (!setup.attempt.redirected.empty()) return setup.attempt.redirected;
  return setup.aim.candidate->endpoint->named() ? setup.aim.candidate->endpoint->where()
                                                : setup.attempt.flow.remote.to_string();
}

std::string aim_text(const Setup& setup) {
  return setup.aim.address.to_string();
}

bool admit_target(Context& context, Call& call) {
  Setup& setup = *call.setup;
  if (setup.tried < 255) ++setup.tried;
  if (context.health == nullptr) return true;
  const Aim& aim = setup.aim;
  if (!context.health->admit(aim.candidate->endpoint->id, aim.address,
                             policy_of(setup, *aim.candidate).health, context.clock.now())) {
    --setup.tried;
    return false;
  }
  setup.aim.owed = true;
  return true;
}

void report_target(Context& context, Call& call, domain::TargetHealth::Outcome outcome) {
  if (!call.setup || !std::exchange(call.setup->aim.owed, false)) return;
  const Aim& aim = call.setup->aim;
  context.health->report(aim.candidate->endpoint->id, aim.address,
                         policy_of(*call.setup, *aim.candidate).health, outcome, context.clock.now());
}

void report_dropped(Context& context, Call& call) {
  // Ringing is an answer, whatever came of it.
  report_target(context, call,
                call.state == State::Ringing ? domain::TargetHealth::Outcome::Answered
                                             : domain::TargetHealth::Outcome::Unused);
}

bool fails_over(const Setup& setup, std::uint16_t status) {
  if (status == 0 || setup.aim.candidate == nullptr) return true;
  return policy_of(setup, *setup.aim.candidate).health.failover.has(status);
}

}  // namespace warp::calls

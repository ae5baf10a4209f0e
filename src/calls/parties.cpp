#include "parties.h"

#include "call.h"

namespace warp::calls {

namespace {

const domain::SipPolicy kDefaults{};

}  // namespace

Party Party::of(const domain::Trunk* trunk, const domain::Provider* provider) {
  if (trunk != nullptr) return {Kind::Trunk, trunk->id.value};
  if (provider != nullptr) return {Kind::Provider, provider->id.value};
  return {};
}

std::string Party::to_text() const {
  switch (kind) {
    case Kind::Unknown:
      return {};
    case Kind::Trunk:
      return "t" + id.to_string();
    case Kind::Provider:
      return "p" + id.to_string();
  }
  return {};
}

Party Party::from_text(std::string_view text) {
  if (text.empty()) return {};
  const auto id = Uuid::parse(text.substr(1));
  if (!id || (text[0] != 't' && text[0] != 'p')) return {};
  return {text[0] == 't' ? Kind::Trunk : Kind::Provider, *id};
}

void note_parties(Call& call) {
  const Setup& setup = *call.setup;
  call.leg(Side::Caller).party = Party::of(setup.source_trunk, setup.source_provider);
  if (const routing::Candidate* candidate = setup.attempt.candidate)
    call.leg(Side::Callee).party =
        Party::of(candidate->provider == nullptr ? setup.target_trunk : nullptr, candidate->provider);
}

PolicyView::PolicyView(const routing::SnapshotHolder& snapshots, const Party& party) : policy_(&kDefaults) {
  if (party.kind == Party::Kind::Unknown) return;
  auto snapshot = snapshots.current();
  if (!snapshot) return;
  if (party.kind == Party::Kind::Trunk) {
    if (const auto* trunk = snapshot->trunk(TrunkId{party.id})) policy_ = &trunk->sip;
  } else if (const auto* provider = snapshot->provider(ProviderId{party.id})) {
    policy_ = &provider->sip;
  }
  if (policy_ != &kDefaults) snapshot_ = std::move(snapshot);
}

}  // namespace warp::calls

#include "ice.h"

#include <algorithm>

#include "warp/stun/message.h"

namespace warp::media {
namespace {

stun::Address stun_address(const domain::SocketAddress& source) {
  return {source.ip.bytes, source.ip.v6, source.port};
}

// A refusal; signed unless the peer's credentials were missing or wrong (RFC 8489 §9.1.3).
std::size_t refuse_check(const stun::Message& request, std::span<std::byte> out, std::uint16_t code,
                         std::string_view reason, std::string_view password) {
  stun::Writer writer(out, stun::Class::Failure, request.transaction);
  writer.error(code, reason);
  if (code == 420) writer.unknown_attributes(request.unknown_types());
  if (!password.empty()) writer.integrity(password);
  writer.fingerprint();
  return writer.finish().size();
}

}  // namespace

IceLite::IceLite(domain::IceTerms terms) : terms_(std::move(terms)) {}

// "ours:theirs"
bool IceLite::ours(std::string_view username) const {
  const auto& local = terms_.local_ufrag;
  if (local.empty() || !username.starts_with(local) || username.substr(local.size(), 1) != ":") return false;
  return terms_.remote_ufrag.empty() || username.substr(local.size() + 1) == terms_.remote_ufrag;
}

IceLite::Answer IceLite::receive(std::span<const std::byte> message, const domain::SocketAddress& source,
                                 std::span<std::byte> out, Monotonic now) {
  const auto request = stun::parse(message);
  if (!request || request->type != stun::Class::Request || request->method != stun::kBinding ||
      !request->fingerprint)
    return {};
  const std::string_view password = terms_.local_password;
  if (!request->username || request->integrity_at == 0)
    return {refuse_check(*request, out, 400, "Bad Request", {})};
  if (!ours(*request->username) || !is_authentic(*request, password))
    return {refuse_check(*request, out, 401, "Unauthenticated", {})};
  if (request->unknown_count > 0) return {refuse_check(*request, out, 420, "Unknown Attribute", password)};
  if (request->controlled) return {refuse_check(*request, out, 487, "Role Conflict", password)};

  stun::Writer writer(out, stun::Class::Success, request->transaction);
  writer.xor_mapped(stun_address(source));
  writer.integrity(password);
  writer.fingerprint();
  Answer answer{writer.finish().size()};
  auto& pair = pair_of(source, now);
  pair.priority = request->priority.value_or(0);
  if (request->use_candidate) {
    pair.nominated = now;
    answer.nominated = nominate(pair, now);
  }
  return answer;
}

// A new one takes a free place, or that of the one that was checked longest ago and is not nominated.
IceLite::Pair& IceLite::pair_of(const domain::SocketAddress& source, Monotonic now) {
  const auto nominated = nominated_ ? &pairs_[*nominated_] : nullptr;
  auto* place = nominated == &pairs_[0] ? &pairs_[1] : &pairs_[0];
  for (auto& pair : pairs_) {
    if (pair.used && pair.source == source) {
      pair.checked = now;
      return pair;
    }
    if (&pair == nominated || !place->used) continue;
    if (!pair.used || pair.checked < place->checked) place = &pair;
  }
  *place = Pair{source, now, {}, 0, true};
  return *place;
}

bool IceLite::nominate(const Pair& pair, Monotonic now) {
  const auto index = static_cast<std::size_t>(&pair - pairs_.data());
  if (nominated_ && *nominated_ != index) {
    const auto& before = pairs_[*nominated_];
    if (pair.priority < before.priority && now - before.nominated < kRenomination) return false;
  }
  nominated_ = index;
  return true;
}

void IceLite::resume(const domain::SocketAddress& source, Monotonic now) {
  auto& pair = pair_of(source, now);
  pair.nominated = now;
  nominate(pair, now);
}

bool IceLite::valid(const domain::SocketAddress& source) const {
  return std::any_of(pairs_.begin(), pairs_.end(),
                     [&](const auto& pair) { return pair.used && pair.source == source; });
}

std::optional<domain::SocketAddress> IceLite::nominated() const {
  if (!nominated_) return std::nullopt;
  return pairs_[*nominated_].source;
}

bool IceLite::consent(Monotonic now) const {
  const auto fresh = [&](const Pair& pair) { return pair.used && now - pair.checked < kConsent; };
  return nominated_ ? fresh(pairs_[*nominated_]) : std::any_of(pairs_.begin(), pairs_.end(), fresh);
}

}  // namespace warp::media

#include "warp/sip/auth/digest_client.h"

#include <algorithm>
#include <utility>

namespace warp::sip {

namespace {

constexpr std::uint16_t kUnauthorized = 401, kProxyAuthenticationRequired = 407;

std::string count_text(std::uint32_t count) {
  std::string text(8, '0');
  for (std::size_t i = 8; i-- > 0; count >>= 4)
    text[i] = "0123456789abcdef"[count & 15];
  return text;
}

}  // namespace

std::string_view to_string(DigestAnswer answer) {
  switch (answer) {
    case DigestAnswer::Ready:
      return "ready";
    case DigestAnswer::NoChallenge:
      return "no_challenge";
    case DigestAnswer::OtherPeer:
      return "other_peer";
    case DigestAnswer::OtherRealm:
      return "other_realm";
    case DigestAnswer::Unsupported:
      return "unsupported";
    case DigestAnswer::Refused:
      return "refused";
    case DigestAnswer::TooOften:
      return "too_often";
  }
  return "";
}

bool PeerCredential::covers(const domain::IpAddress& address) const {
  return std::any_of(peers.begin(), peers.end(),
                     [&](const domain::Cidr& peer) { return peer.contains(address); });
}

DigestAnswer DigestClient::take(const Message& response, const domain::IpAddress& from,
                                const PeerCredential& credential) {
  const bool proxy = response.status() == kProxyAuthenticationRequired;
  const HeaderId id = proxy ? HeaderId::ProxyAuthenticate : HeaderId::WwwAuthenticate;
  if ((!proxy && response.status() != kUnauthorized) || !response.has(id)) return DigestAnswer::NoChallenge;
  if (!credential.covers(from)) return DigestAnswer::OtherPeer;
  auto offered = challenges_of(response, id);
  if (offered.empty()) return DigestAnswer::Unsupported;
  const auto ours = std::find_if(offered.begin(), offered.end(), [&](const DigestChallenge& challenge) {
    return challenge.realm == credential.realm && !credential.secret.of(challenge.algorithm).empty();
  });
  if (ours == offered.end()) return DigestAnswer::OtherRealm;
  // What was sent with this request was refused, and not for its age.
  if (challenges_ > 0 && (!ours->stale || ours->nonce == challenge_.nonce)) return DigestAnswer::Refused;
  if (challenges_ >= kMostChallenges) return DigestAnswer::TooOften;
  ++challenges_;
  challenge_ = std::move(*ours);
  count_ = 0;
  proxy_ = proxy;
  ready_ = true;
  return DigestAnswer::Ready;
}

void DigestClient::write(Writer& writer, std::string_view method, std::string_view uri,
                         const domain::IpAddress& to, const PeerCredential& credential, IdSource& ids) {
  if (!ready_ || challenge_.realm != credential.realm || !credential.covers(to)) return;
  DigestCredentials credentials;
  credentials.username = credential.username;
  credentials.realm = challenge_.realm;
  credentials.nonce = challenge_.nonce;
  credentials.uri = uri;
  credentials.opaque = challenge_.opaque;
  credentials.algorithm = challenge_.algorithm;
  if (challenge_.qop) {
    credentials.nc = count_text(++count_);
    credentials.cnonce = ids.hex(16);
  }
  credentials.response = digest_response(challenge_.algorithm, credential.secret.of(challenge_.algorithm),
                                         {method, uri, challenge_.nonce, credentials.nc, credentials.cnonce})
                             .text();
  writer.header(proxy_ ? HeaderId::ProxyAuthorization : HeaderId::Authorization, sip::write(credentials));
}

}  // namespace warp::sip

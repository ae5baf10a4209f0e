#include "warp/sip/auth/digest_server.h"

#include <algorithm>
#include <cstring>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "hash.h"
#include "nonce_counts.h"

namespace warp::sip {

namespace {

constexpr std::size_t kTime = 6, kRandom = 8, kSeal = 16;
constexpr std::size_t kNonce = kTime + kRandom + kSeal;
constexpr std::size_t kNonceText = kNonce * 4 / 3;  // without padding: 30 octets are 40 characters
static_assert(kNonce % 3 == 0);
constexpr std::int64_t kClockSkew = 30;  // seconds that nodes may differ
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using NonceBytes = std::array<std::uint8_t, kNonce>;

std::string to_text(const NonceBytes& bytes) {
  std::string text;
  text.reserve(kNonceText);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = unsigned{bytes[i]} << 16 | unsigned{bytes[i + 1]} << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6)
      text += kAlphabet[group >> shift & 63];
  }
  return text;
}

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}();

bool from_text(std::string_view text, NonceBytes& bytes) {
  if (text.size() != kNonceText) return false;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const int value = kValues[static_cast<unsigned char>(text[i + j])];
      if (value < 0) return false;
      group = group << 6 | static_cast<unsigned>(value);
    }
    for (std::size_t j = 0; j < 3; ++j)
      bytes[i / 4 * 3 + j] = static_cast<std::uint8_t>(group >> (16 - 8 * j));
  }
  return true;
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

HexDigest expected_response(unsigned& hashes, const DigestCredentials& said, std::string_view method,
                            std::string_view ha1) {
  const auto counted = [&](std::initializer_list<std::string_view> parts) {
    ++hashes;
    return digest_of(said.algorithm, parts);
  };
  const HexDigest ha2 = counted({method, said.uri});
  return counted({ha1, said.nonce, said.nc, said.cnonce, "auth", ha2.view()});
}

// Clients write the URI as they know it: what counts is that it names the same user at the same host.
bool same_resource(std::string_view said, std::string_view asked) {
  if (said == asked) return true;
  const auto a = Uri::parse(said), b = Uri::parse(asked);
  return a && b && a->user == b->user && iequals(a->host, b->host);
}

}  // namespace

std::string_view to_string(DigestVerdict verdict) {
  switch (verdict) {
    case DigestVerdict::Accepted:
      return "accepted";
    case DigestVerdict::Stale:
      return "stale";
    case DigestVerdict::Replayed:
      return "replayed";
    case DigestVerdict::Wrong:
      return "wrong";
  }
  return "";
}

// HMAC-SHA-256 (RFC 2104) with the site's key, its first blocks made once.
class DigestServer::Seal {
 public:
  using Bytes = std::array<std::uint8_t, kSeal>;

  explicit Seal(std::string_view key) {
    std::string block(key);
    if (key.size() > kBlock) {
      Hash::Raw raw{};
      Hash hash(DigestAlgorithm::Sha256);
      block.assign(reinterpret_cast<const char*>(raw.data()), hash.add(key).end(raw));
    }
    block.resize(kBlock);
    inner_ = outer_ = block;
    for (char& c : inner_)
      c = static_cast<char>(c ^ 0x36);
    for (char& c : outer_)
      c = static_cast<char>(c ^ 0x5c);
  }

  // Over what the nonce says, for whom it is, and where. Counted in `hashes`.
  Bytes over(unsigned& hashes, const std::uint8_t* said, std::string_view realm,
             const domain::IpAddress& client) const {
    ++hashes;
    Hash::Raw raw{};
    Hash inner(DigestAlgorithm::Sha256);
    inner.add(inner_).add(view(said, kTime + kRandom)).add(client.v6 ? "6" : "4");
    inner.add(view(client.bytes.data(), client.bytes.size())).add(realm);
    const std::size_t length = inner.end(raw);
    Hash outer(DigestAlgorithm::Sha256);
    outer.add(outer_).add(view(raw.data(), length)).end(raw);
    Bytes bytes;
    std::copy_n(raw.begin(), bytes.size(), bytes.begin());
    return bytes;
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static std::string_view view(const std::uint8_t* at, std::size_t size) {
    return {reinterpret_cast<const char*>(at), size};
  }
  std::string inner_, outer_;
};

struct DigestServer::Nonce {
  std::int64_t issued = 0;
  std::uint64_t id = 0;
};

class DigestServer::Counts : public NonceCounts {
  using NonceCounts::NonceCounts;
};

// Whatever was issued before the start may have been used in the process before.
DigestServer::DigestServer(DigestServerSettings settings, WallTime started)
    : settings_(std::move(settings)),
      nobody_(make_digest_secret("nobody", settings_.key, settings_.key)),
      seal_(std::make_unique<Seal>(settings_.key)),
      counts_(std::make_unique<Counts>(std::max<std::size_t>(settings_.nonces, 1), seconds_of(started) - 1)) {
}

DigestServer::~DigestServer() = default;

std::string DigestServer::make_nonce(std::string_view realm, const domain::IpAddress& client, WallTime now,
                                     IdSource& ids) const {
  NonceBytes bytes{};
  const auto time = static_cast<std::uint64_t>(seconds_of(now));
  for (std::size_t i = 0; i < kTime; ++i)
    bytes[i] = static_cast<std::uint8_t>(time >> (8 * (kTime - 1 - i)));
  const std::uint64_t random = ids.next64();
  std::memcpy(bytes.data() + kTime, &random, kRandom);
  unsigned hashes = 0;
  const auto sealed = seal_->over(hashes, bytes.data(), realm, client);
  std::copy(sealed.begin(), sealed.end(), bytes.begin() + kTime + kRandom);
  return to_text(bytes);
}

// Does the same work whatever the text is.
bool DigestServer::open_nonce(const DigestCredentials& said, const domain::IpAddress& client, Nonce& nonce,
                              unsigned& hashes) const {
  NonceBytes bytes{};
  const bool readable = from_text(said.nonce, bytes);
  const auto sealed = seal_->over(hashes, bytes.data(), said.realm, client);
  const auto as_text = [](const std::uint8_t* at) {
    return std::string_view(reinterpret_cast<const char*>(at), kSeal);
  };
  const bool good = same_digest(as_text(sealed.data()), as_text(bytes.data() + kTime + kRandom));
  for (std::size_t i = 0; i < kTime; ++i)
    nonce.issued = nonce.issued << 8 | bytes[i];
  std::memcpy(&nonce.id, bytes.data() + kTime, kRandom);
  return readable && good;
}

bool DigestServer::offers(DigestAlgorithm algorithm) const {
  return std::find(settings_.algorithms.begin(), settings_.algorithms.end(), algorithm) !=
         settings_.algorithms.end();
}

Verification DigestServer::verify(const DigestCredentials& credentials, const DigestSubject& subject,
                                  const DigestSecret* secret, WallTime now) {
  Verification result;
  Nonce nonce;
  const bool ours = open_nonce(credentials, subject.client, nonce, result.hashes);
  const std::string& ha1 = (secret != nullptr ? *secret : nobody_).of(credentials.algorithm);
  const HexDigest expected = expected_response(result.hashes, credentials, subject.method, ha1);
  std::string given = credentials.response;
  std::transform(given.begin(), given.end(), given.begin(), ascii_lower);
  const bool right = same_digest(expected.view(), given) && secret != nullptr && !ha1.empty();
  // Without a count nothing would keep the request from being sent again.
  if (!right || credentials.count() == 0 || !offers(credentials.algorithm) ||
      !same_resource(credentials.uri, subject.request_uri))
    return result;
  const std::int64_t time = seconds_of(now);
  const std::int64_t oldest = time - settings_.nonce_lifetime.count();
  result.verdict = DigestVerdict::Stale;
  if (!ours || nonce.issued < oldest || nonce.issued > time + kClockSkew) return result;
  switch (counts_->use(nonce.id, nonce.issued, credentials.count(), oldest - kClockSkew)) {
    case NonceCounts::Use::First:
      result.verdict = DigestVerdict::Accepted;
      break;
    case NonceCounts::Use::Again:
      result.verdict = DigestVerdict::Replayed;
      break;
    case NonceCounts::Use::TooOld:
      break;
  }
  return result;
}

std::vector<std::string> DigestServer::challenges(std::string_view realm, bool stale,
                                                  const domain::IpAddress& client, WallTime now,
                                                  IdSource& ids) const {
  DigestChallenge challenge;
  challenge.realm = realm;
  challenge.nonce = make_nonce(realm, client, now, ids);
  challenge.stale = stale;
  challenge.qop = true;
  std::vector<std::string> values;
  values.reserve(settings_.algorithms.size());
  for (const DigestAlgorithm algorithm : settings_.algorithms) {
    challenge.algorithm = algorithm;
    values.push_back(write(challenge));
  }
  return values;
}

std::size_t DigestServer::nonces() const {
  return counts_->size();
}

}  // namespace warp::sip

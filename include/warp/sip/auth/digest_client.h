// DigestClient: our answers to challenges of one peer (RFC 7616, RFC 8760). One for each dialog, call attempt
// or registration, made when the first challenge comes; a value, of one thread.
//
// Nothing is ever computed for a realm or an address that the credentials are not bound to: a peer that asks
// our BYE for somebody else's realm gets nothing that it could try on that somebody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/random.h"
#include "warp/domain/address.h"
#include "warp/sip/auth/challenge.h"
#include "warp/sip/message/writer.h"

namespace warp::sip {

struct PeerCredential {
  std::string username, realm;
  DigestSecret secret;
  std::vector<domain::Cidr> peers;  // addresses that it may be shown to

  bool covers(const domain::IpAddress& address) const;
};

enum class DigestAnswer : std::uint8_t {
  Ready,        // write() adds the header
  NoChallenge,  // neither 401 nor 407, or nothing in it that can be read
  OtherPeer,    // it came from an address that the credentials are not for
  OtherRealm,
  Unsupported,  // no algorithm or qop that is spoken here
  Refused,      // these credentials were sent already and are not good
  TooOften,     // more challenges than a sane peer sends
};
inline constexpr std::size_t kDigestAnswers = static_cast<std::size_t>(DigestAnswer::TooOften) + 1;
std::string_view to_string(DigestAnswer answer);

class DigestClient {
 public:
  static constexpr unsigned kMostChallenges = 2;  // to one request: the first, and one for a stale nonce

  // A 401 or 407 came from `from`. Answered once; once more when it says that the nonce was stale.
  DigestAnswer take(const Message& response, const domain::IpAddress& from, const PeerCredential& credential);
  // A further request of the dialog is a new question: counts begin anew, the nonce stays.
  void next_request() { challenges_ = 0; }

  bool ready() const { return ready_; }
  // Adds (Proxy-)Authorization for a request that goes to `to`; does nothing before Ready, or when `to` is
  // not an address that the credentials are for. Each call counts the nonce on.
  void write(Writer& writer, std::string_view method, std::string_view uri, const domain::IpAddress& to,
             const PeerCredential& credential, IdSource& ids);

 private:
  DigestChallenge challenge_;
  std::uint32_t count_ = 0;
  std::uint8_t challenges_ = 0;
  bool ready_ = false, proxy_ = false;
};

}  // namespace warp::sip

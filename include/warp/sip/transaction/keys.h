// Keys by which transactions are found: 128-bit keyed hashes of what RFC 3261 §17.1.3 and §17.2.3 compare.
// SipHash-2-4 with a secret of the layer, so that nobody outside can make two keys meet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/random.h"
#include "warp/sip/message/brief.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

struct Key {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

// 128-bit SipHash-2-4 of `text` (Aumasson and Bernstein).
Key sip_hash(std::uint64_t k0, std::uint64_t k1, std::string_view text);

class Keys {
 public:
  explicit Keys(IdSource& ids) : k0_(ids.next64()), k1_(ids.next64()) {}

  // A request's server transaction; ACK and (with `as_invite`) CANCEL give that of their INVITE. Requests
  // whose branch lacks the magic cookie are matched as RFC 2543 had it.
  Key server(const Message& request, bool as_invite = false);
  Key server(const Brief& request);
  // What two copies of one request that came by different ways have in common (§8.2.2.2).
  Key merged(const Message& request);
  Key client(std::string_view branch, Method method);

 private:
  struct Asked {
    std::string_view method;
    const Via& via;
    std::string_view request_uri, from_tag, call_id;
    std::uint32_t cseq;
  };
  Key server_of(const Asked& asked);
  void add(std::string_view part);
  Key finish() const { return sip_hash(k0_, k1_, scratch_); }

  std::uint64_t k0_, k1_;
  std::string scratch_;
};

}  // namespace warp::sip

// a=fingerprint (RFC 8122) and a=setup (RFC 4145, RFC 5763). Values in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warp::sdp {

// a=fingerprint:sha-256 4A:AD:...
struct Fingerprint {
  std::string hash;  // lower case: sha-1, sha-224, sha-256, sha-384, sha-512
  std::vector<std::byte> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
// nullopt: an unknown hash (MD5 and MD2 among them), a digest of another length, no pairs of digits.
std::optional<Fingerprint> parse_fingerprint(std::string_view value);
std::string write_fingerprint(const Fingerprint& fingerprint);  // empty when it would not parse again

enum class Setup : std::uint8_t { Active, Passive, ActPass, HoldConn };
std::string_view to_string(Setup setup);
std::optional<Setup> parse_setup(std::string_view value);
// What the answerer says to `offered`: passive to active, active to all else but holdconn (RFC 5763 §5).
Setup answer_to(Setup offered);

}  // namespace warp::sdp

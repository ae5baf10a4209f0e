// Keys: what a description says of encryption and of ICE, as values: a=crypto (RFC 4568), a=fingerprint and
// a=setup (RFC 8122, RFC 4145), a=ice-ufrag and a=ice-pwd (RFC 8839). Lines that cannot be used count as
// absent; nothing here fails.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/random.h"
#include "warp/domain/media_terms.h"
#include "warp/sdp/session.h"

namespace warp::calls {

struct CryptoLine {
  std::uint32_t tag = 0;
  domain::SrtpKeys keys;
};

// RFC 4568's name; empty for None.
std::string_view suite_name(domain::SrtpSuite suite);
// By policy's names, in their order; none named: all, the stronger first where peers commonly have them.
std::vector<domain::SrtpSuite> suites_of(const std::vector<std::string>& names);
std::size_t key_octets(domain::SrtpSuite suite);  // master key and salt
domain::SrtpKeys fresh_keys(domain::SrtpSuite suite, IdSource& ids);

// The usable ones of a media line, by the sender's preference: known suite, one key without MKI, no session
// parameter that changes what is protected.
std::vector<CryptoLine> crypto_lines(const sdp::Media& media);
std::string crypto_value(const CryptoLine& line);

enum class DtlsRole : std::uint8_t { ActPass, Active, Passive };
struct DtlsLine {
  std::string hash;  // lower case
  std::vector<std::byte> digest;
  DtlsRole role = DtlsRole::ActPass;
};
// Of the media line, or of the whole description. Without a=setup: actpass.
std::optional<DtlsLine> dtls_line(const sdp::Session& description, const sdp::Media& media);
std::string fingerprint_value(std::string_view hash, std::span<const std::byte> digest);

struct IceLine {
  std::string ufrag, password;
};
std::optional<IceLine> ice_line(const sdp::Session& description, const sdp::Media& media);
IceLine fresh_ice(IdSource& ids);

}  // namespace warp::calls

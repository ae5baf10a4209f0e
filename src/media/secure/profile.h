// One SRTP suite under its names: of terms, of the codec, of a=crypto, of DTLS.
#pragma once

#include <optional>
#include <string_view>

#include "warp/domain/media_terms.h"
#include "warp/srtp/session.h"

namespace warp::media {

std::optional<srtp::Suite> suite_of(domain::SrtpSuite suite);  // nullopt: None
domain::SrtpSuite suite_of(srtp::Suite suite);
std::string_view sdp_name(domain::SrtpSuite suite);          // "" for None
domain::SrtpSuite suite_by_sdp_name(std::string_view name);  // case counts not; None: unknown
domain::SrtpSuite suite_by_profile(unsigned long profile);   // of use_srtp: RFC 5764 §4.1.2, RFC 7714 §14.2
std::size_t salt_octets(domain::SrtpSuite suite);            // behind the key in the material
std::size_t material_octets(domain::SrtpSuite suite);        // key and salt

}  // namespace warp::media

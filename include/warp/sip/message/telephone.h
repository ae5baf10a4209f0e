// Telephone numbers in SIP: what stands beside the digits of a tel: URI, or of a sip: URI's user part (RFC
// 3966, RFC 4694 number portability, RFC 4904 trunk groups). Views over the URI's text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/sip/message/uri.h"

namespace warp::sip {

struct TelephoneParams {
  bool npdi = false;                     // the portability database was asked
  std::string_view rn, rn_context;       // routing number
  std::string_view cic, cic_context;     // carrier
  std::string_view phone_context;        // of a local number: "+1212" or a domain
  std::string_view isub, postd, ext;     // what is behind the number
  std::string_view tgrp, trunk_context;  // RFC 4904
  bool user_phone = false;               // ;user=phone
  bool unknown_mandatory = false;        // an m-… parameter: the number means nothing without it
  bool any() const {
    return npdi || !rn.empty() || !cic.empty() || !phone_context.empty() || !isub.empty() || !postd.empty() ||
           unknown_mandatory;
  }
};
// Of the user part and of the URI itself, the former first.
TelephoneParams telephone_params(const Uri& uri);

// Digits of "+1-212-555-0100" or, when `context` is global, of a local number within it ("5550100" in
// "+1212"). Escapes are understood. nullopt: local without a global context, or no number of 1 to 15 digits.
std::optional<std::string> global_digits(std::string_view number, std::string_view context);

}  // namespace warp::sip

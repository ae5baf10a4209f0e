// `sip_policy` of trunks and providers: sections of domain::SipPolicy, checked field by field.
#pragma once

#include <optional>
#include <string>

#include "warp/api/endpoint.h"

namespace warp::domain {
class ClipLibrary;
}

namespace warp::api {

Field sip_policy_field();
// As the table keeps it; absent when the body has none. The failure names the field and what it may be. Clips
// must be there; `clips` null: not to be told here.
Result<std::optional<std::string>, Failure> read_sip_policy(const Json& body,
                                                            const domain::ClipLibrary* clips);
Json show_sip_policy(const std::string& kept);

}  // namespace warp::api

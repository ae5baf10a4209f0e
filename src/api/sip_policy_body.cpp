#include "sip_policy_body.h"

#include "warp/store/sip_policy.h"

namespace warp::api {

Field sip_policy_field() {
  return free_object("sip_policy")
      .says("Operators only. How the peer is spoken to, whole: a field that is left out has its default.");
}

Result<std::optional<std::string>, Failure> read_sip_policy(const Json& body) {
  if (!has(body, "sip_policy")) return std::optional<std::string>();
  const auto policy = store::parse_sip_policy(dump(body["sip_policy"]));
  if (policy) return std::optional(store::format_sip_policy(*policy));
  Failure failure{ErrorCode::ValidationError, "sip_policy: " + policy.error().cure + "."};
  failure.details["field"] = "sip_policy." + policy.error().field;
  return failure;
}

Json show_sip_policy(const std::string& kept) {
  return parse_json(kept).value_or(Json::object());
}

}  // namespace warp::api

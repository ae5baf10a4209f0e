#include "sip_policy_body.h"

#include <utility>

#include "warp/domain/clip_library.h"
#include "warp/store/sip_policy.h"

namespace warp::api {

Field sip_policy_field() {
  return free_object("sip_policy")
      .says("Operators only. How the peer is spoken to, whole: a field that is left out has its default.");
}

namespace {

Failure bad_policy(const std::string& field, const std::string& cure) {
  Failure failure{ErrorCode::ValidationError, "sip_policy: " + cure + "."};
  failure.details["field"] = "sip_policy." + field;
  return failure;
}

// What the policy plays and nobody has; nullopt: nothing.
std::optional<Failure> missing_clip(const domain::MediaPolicy& policy, const domain::ClipLibrary& clips) {
  const std::pair<const char*, const std::string&> named[] = {{"ringback", policy.ringback},
                                                              {"hold_music", policy.hold_music},
                                                              {"refusal_clip", policy.refusal_clip},
                                                              {"cut_off_clip", policy.cut_off_clip}};
  for (const auto& [field, name] : named)
    if (!name.empty() && !clips.find(name))
      return bad_policy(std::string("media.") + field,
                        "there is no clip '" + name + "': put " + name +
                            ".wav into the folder of media.clips and reload the daemon, or name a built-in "
                            "tone (tone:ringback-us, tone:ringback-eu, tone:ringback-uk, tone:beep, "
                            "tone:silence)");
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>, Failure> read_sip_policy(const Json& body,
                                                            const domain::ClipLibrary* clips) {
  if (!has(body, "sip_policy")) return std::optional<std::string>();
  const auto policy = store::parse_sip_policy(dump(body["sip_policy"]));
  if (!policy) return bad_policy(policy.error().field, policy.error().cure);
  if (clips != nullptr)
    if (auto missing = missing_clip(policy->media, *clips)) return std::move(*missing);
  return std::optional(store::format_sip_policy(*policy));
}

Json show_sip_policy(const std::string& kept) {
  return parse_json(kept).value_or(Json::object());
}

}  // namespace warp::api

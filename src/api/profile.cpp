// Who is signed in: /auth/profile.
#include "formats.h"
#include "identity_desk.h"

namespace warp::api {
namespace {

Schema profile_schema() {
  auto fields = user_fields();
  fields.push_back(list("scopes", text("")).says("What this session may do, by its role."));
  fields.push_back(instant("mfa_at").or_null().says("When this session showed a second factor last."));
  return {"Profile", std::move(fields)};
}

Answer answer_with(IdentityDesk& desk, Call call, store::User user) {
  auto showing = desk.show(std::move(user));
  auto shown = co_await std::move(showing);
  if (!shown) co_return shown.error();
  auto& data = shown->data;
  data["scopes"] = call.principal().scopes;
  data["mfa_at"] = timestamp(call.principal().mfa_at);
  co_return reply_with(std::move(data));
}

Answer get_profile(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  auto user = co_await desk.users.get(call.as_operator(), call.principal().user.value);
  if (!user) co_return from_store(user.error(), "user");
  auto answering = answer_with(desk, std::move(call), std::move(*user));
  co_return co_await std::move(answering);
}

Answer change_profile(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  const auto name = call.body["name"].get<std::string>();
  auto user = co_await desk.users.rename(call.as_operator(), call.principal().user.value, name);
  if (!user) co_return from_store(user.error(), "user");
  auto answering = answer_with(desk, std::move(call), std::move(*user));
  co_return co_await std::move(answering);
}

}  // namespace

void add_profile(EndpointTable& table, Services& services) {
  const auto desk = std::make_shared<IdentityDesk>(services);
  const auto first = table.size();
  table.push_back({.path = "/auth/profile",
                   .summary = "Who is signed in",
                   .tag = kSigningInTag,
                   .action = at(desk, get_profile),
                   .answer = profile_schema(),
                   .without_mfa = true,
                   .etag = false});
  table.push_back({.method = http::Method::Patch,
                   .path = "/auth/profile",
                   .summary = "Change one's name",
                   .tag = kSigningInTag,
                   .action = at(desk, change_profile),
                   .body_kind = BodyKind::Json,
                   .body = {"ProfilePatch", {name_field().needed()}},
                   .answer = profile_schema(),
                   .without_mfa = true});
  describe_refusals(table, first);
}

}  // namespace warp::api

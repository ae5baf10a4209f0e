// Who is not heard: bans of SIP sources, of this node. Operators only.
#include "warp/api/live_state.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kSecurityPath = "/security/bans";
constexpr std::int64_t kLongestBan = 31 * 24 * 3600;

bool is_address(std::string_view text) {
  return domain::IpAddress::parse(text).has_value();
}

Schema security_schema() {
  return {"Ban",
          {text("source").says("An IPv4 address, or an IPv6 network of 64 bits."),
           text("reason").says("What it was banned for, or what the operator wrote."), boolean("by_hand"),
           integer("times").says("How often it was banned; every further ban is twice as long."),
           integer("dropped").says("Messages dropped since, on this node."), instant("banned_at"),
           instant("expires_at")}};
}

Json show(const BannedSource& ban) {
  Json out;
  out["source"] = ban.source.to_string();
  out["reason"] = ban.reason;
  out["by_hand"] = ban.by_hand;
  out["times"] = ban.times;
  out["dropped"] = ban.dropped;
  out["banned_at"] = timestamp(ban.since);
  out["expires_at"] = timestamp(ban.until);
  return out;
}

Answer list_bans(Services& services, Call) {
  co_return list_reply(services.live.bans(), [](const auto& ban) { return show(ban); });
}

Answer add_ban(Services& services, Call call) {
  const auto source = *domain::IpAddress::parse(call.body["address"].get<std::string>());
  const std::chrono::seconds time(take<std::int64_t>(call.body, "seconds").value_or(3600));
  const auto reason = take<std::string>(call.body, "reason").value_or("by hand");
  if (!services.live.ban(source, time, reason)) {
    Failure failure{
        ErrorCode::Conflict,
        "Addresses of trunks and providers, and those of sip.protection.allowed, are never banned; "
        "switch the trunk or the provider off instead."};
    failure.details["reason"] = "trusted";
    co_return failure;
  }
  for (const auto& ban : services.live.bans()) {
    if (!ban.source.contains(source)) continue;
    Reply reply;
    reply.status = 201;
    reply.data = show(ban);
    co_return reply;
  }
  co_return Failure{ErrorCode::ServiceUnavailable, "More sources are banned than can be remembered."};
}

Answer remove_ban(Services& services, Call call) {
  const auto source = domain::IpAddress::parse(call.request.param("address"));
  if (!source) co_return Failure{ErrorCode::InvalidId, "The path has no IP address where one belongs."};
  if (!services.live.unban(*source)) co_return not_found("ban");
  co_return no_content();
}

}  // namespace

void add_security(EndpointTable& table, Services& services) {
  table.push_back({.path = kSecurityPath,
                   .summary = "SIP sources that are not heard now, newest first",
                   .tag = "Security",
                   .action = act(services, list_bans),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = security_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = kSecurityPath,
                   .summary = "Do not hear a source for a while; an IPv6 address stands for its /64",
                   .tag = "Security",
                   .action = act(services, add_ban),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewBan",
                            {text("address", 64).is(is_address, "an IP address").needed(),
                             integer("seconds", 1, kLongestBan).says("Default 3600."), text("reason", 100)}},
                   .answer = security_schema(),
                   .status = 201,
                   .errors = {ErrorCode::Conflict, ErrorCode::ServiceUnavailable}});
  table.push_back({.method = http::Method::Delete,
                   .path = std::string(kSecurityPath) + "/{address}",
                   .summary = "Hear a source again, and forget what it did",
                   .tag = "Security",
                   .action = act(services, remove_ban),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::InvalidId}});
}

}  // namespace warp::api

#include "warp/store/providers.h"

#include "formats.h"
#include "resource.h"
#include "sip_policy_body.h"

namespace warp::api {
namespace {

const Paging kProviderPaging;

std::vector<Field> provider_body(bool create) {
  auto name = name_field();
  name.required = create;
  return {name,
          description_field(),
          boolean("enabled"),
          uuid("rate_plan_id").or_null().says("What it costs."),
          text("currency").is(is_currency, "an ISO 4217 code"),
          integer("cps").or_null().says("Null: unlimited."),
          integer("channels").or_null().says("Null: unlimited."),
          text("media_mode").one_of({"ANCHOR", "BYPASS"}),
          boolean("symmetric_rtp"),
          boolean("inbound").says("Its addresses may send us calls to our numbers."),
          integer("attempt_timeout_ms", 100, 60'000),
          text("strip_digits", 15).is(is_dial_digits, "digits, *, # or +"),
          text("add_digits", 15).is(is_dial_digits, "digits, *, # or +"),
          sip_policy_field()};
}

Schema provider_schema() {
  auto fields = provider_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Provider", fields};
}

Json show(const store::Provider& provider) {
  Json out;
  out["id"] = provider.id.to_string();
  out["name"] = provider.name;
  out["description"] = provider.description;
  out["enabled"] = provider.enabled;
  out["rate_plan_id"] = id_or_null(provider.rate_plan);
  out["currency"] = provider.currency.view();
  out["cps"] = value_or_null(provider.cps);
  out["channels"] = value_or_null(provider.channels);
  out["media_mode"] = domain::to_string(provider.media_mode);
  out["symmetric_rtp"] = provider.symmetric_rtp;
  out["inbound"] = provider.inbound;
  out["attempt_timeout_ms"] = provider.attempt_timeout_ms;
  out["strip_digits"] = provider.strip_digits;
  out["add_digits"] = provider.add_digits;
  out["sip_policy"] = show_sip_policy(provider.sip_policy);
  out["created_at"] = timestamp(provider.created_at);
  out["updated_at"] = timestamp(provider.updated_at);
  return out;
}

std::optional<RatePlanId> plan_of(const Json& body) {
  const auto id = take<std::string>(body, "rate_plan_id");
  return id ? RatePlanId::parse(*id) : std::nullopt;
}

Answer list_providers(Services& services, Call call) {
  const auto page = read_page(call.query, kProviderPaging);
  const auto found = co_await services.providers.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "provider");
  co_return page_reply(*found, page, [](const auto& provider) { return show(provider); });
}

Answer get_provider(Services& services, Call call) {
  const auto found = co_await services.providers.get(call.as_operator(), call.id<ProviderId>("provider_id"));
  if (!found) co_return from_store(found.error(), "provider");
  co_return reply_with(show(*found));
}

Answer create_provider(Services& services, Call call) {
  const auto& body = call.body;
  store::NewProvider provider;
  provider.name = body["name"];
  provider.description = take<std::string>(body, "description").value_or("");
  provider.enabled = take<bool>(body, "enabled").value_or(true);
  provider.rate_plan = plan_of(body);
  if (const auto code = take<std::string>(body, "currency")) provider.currency = *Currency::parse(*code);
  provider.cps = take<std::uint32_t>(body, "cps");
  provider.channels = take<std::uint32_t>(body, "channels");
  if (const auto mode = take<std::string>(body, "media_mode"))
    provider.media_mode = *domain::parse_media_mode(*mode);
  provider.symmetric_rtp = take<bool>(body, "symmetric_rtp").value_or(false);
  provider.inbound = take<bool>(body, "inbound").value_or(true);
  provider.attempt_timeout_ms =
      take<std::uint32_t>(body, "attempt_timeout_ms").value_or(provider.attempt_timeout_ms);
  provider.strip_digits = take<std::string>(body, "strip_digits").value_or("");
  provider.add_digits = take<std::string>(body, "add_digits").value_or("");
  const auto policy = read_sip_policy(body, services.ports.clips);
  if (!policy) co_return policy.error();
  provider.sip_policy = policy->value_or("{}");
  const auto made = co_await services.providers.create(call.as_operator(), provider);
  if (!made) co_return from_store(made.error(), "provider");
  co_return reply_with(show(*made), 201);
}

Answer update_provider(Services& services, Call call) {
  const auto& body = call.body;
  store::ProviderPatch patch;
  patch.name = take<std::string>(body, "name");
  patch.description = take<std::string>(body, "description");
  patch.enabled = take<bool>(body, "enabled");
  if (has(body, "rate_plan_id")) patch.rate_plan = plan_of(body);
  if (const auto code = take<std::string>(body, "currency")) patch.currency = Currency::parse(*code);
  if (has(body, "cps")) patch.cps = take<std::uint32_t>(body, "cps");
  if (has(body, "channels")) patch.channels = take<std::uint32_t>(body, "channels");
  if (const auto mode = take<std::string>(body, "media_mode"))
    patch.media_mode = domain::parse_media_mode(*mode);
  patch.symmetric_rtp = take<bool>(body, "symmetric_rtp");
  patch.inbound = take<bool>(body, "inbound");
  patch.attempt_timeout_ms = take<std::uint32_t>(body, "attempt_timeout_ms");
  patch.strip_digits = take<std::string>(body, "strip_digits");
  patch.add_digits = take<std::string>(body, "add_digits");
  const auto policy = read_sip_policy(body, services.ports.clips);
  if (!policy) co_return policy.error();
  patch.sip_policy = *policy;
  const auto changed =
      co_await services.providers.update(call.as_operator(), call.id<ProviderId>("provider_id"), patch);
  if (!changed) co_return from_store(changed.error(), "provider");
  co_return reply_with(show(*changed));
}

Answer delete_provider(Services& services, Call call) {
  const auto gone =
      co_await services.providers.remove(call.as_operator(), call.id<ProviderId>("provider_id"));
  if (!gone) co_return from_store(gone.error(), "provider");
  co_return no_content();
}

Json show(const store::ProviderAddress& address) {
  Json out;
  out["id"] = address.id.to_string();
  out["provider_id"] = address.provider.to_string();
  out["cidr"] = address.cidr.to_string();
  show_match(out, address.match);
  out["description"] = address.description;
  out["enabled"] = address.enabled;
  out["created_at"] = timestamp(address.created_at);
  return out;
}

Answer list_addresses(Services& services, Call call) {
  const auto id = call.id<ProviderId>("provider_id");
  const auto provider = co_await services.providers.get(call.as_operator(), id);
  if (!provider) co_return from_store(provider.error(), "provider");
  const auto found = co_await services.providers.addresses(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "provider");
  co_return list_reply(*found, [](const auto& address) { return show(address); });
}

Answer add_address(Services& services, Call call) {
  const auto cidr = read_network(call.body["cidr"].get<std::string>(), "cidr");
  if (!cidr) co_return cidr.error();
  const auto description = take<std::string>(call.body, "description").value_or("");
  const bool enabled = take<bool>(call.body, "enabled").value_or(true);
  const domain::SourceAddress source(*cidr, read_match(call.body));
  const auto made = co_await services.providers.add_address(
      call.as_operator(), call.id<ProviderId>("provider_id"), source, description, enabled);
  if (!made) co_return from_store(made.error(), "provider address");
  co_return reply_with(show(*made), 201);
}

Answer delete_address(Services& services, Call call) {
  const auto gone = co_await services.providers.remove_address(
      call.as_operator(), call.id<ProviderId>("provider_id"), call.uuid("address_id"));
  if (!gone) co_return from_store(gone.error(), "provider address");
  co_return no_content();
}

void add_addresses(EndpointTable& table, Services& services) {
  const std::string path = "/providers/{provider_id:uuid}/addresses";
  const Schema answer{
      "ProviderAddress",
      {uuid("id"), uuid("provider_id"), text("cidr"), source_port_field(), source_transport_field(),
       text("description"), boolean("enabled"), instant("created_at")}};
  table.push_back({.path = path,
                   .summary = "Further addresses that the provider sends from",
                   .tag = "Providers",
                   .action = act(services, list_addresses),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Post,
       .path = path,
       .summary = "Add an address or a network",
       .tag = "Providers",
       .action = act(services, add_address),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NewProviderAddress",
                {text("cidr", 64).is(is_cidr, "an address or a network such as 192.0.2.0/24").needed(),
                 source_port_field(), source_transport_field(), description_field(), boolean("enabled")}},
       .answer = answer,
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = path + "/{address_id:uuid}",
                   .summary = "Remove an address",
                   .tag = "Providers",
                   .action = act(services, delete_address),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_providers(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/providers",
                .id = "provider_id",
                .tag = "Providers",
                .name = "provider",
                .schema = "Provider",
                .what_lists = "All providers, by name",
                .what_deletes = "Delete a provider that no route names",
                .list = list_providers,
                .create = create_provider,
                .get = get_provider,
                .update = update_provider,
                .remove = delete_provider,
                .query = paging_fields(kProviderPaging),
                .new_fields = provider_body(true),
                .patch_fields = provider_body(false),
                .answer = provider_schema()});
  add_addresses(table, services);
}

}  // namespace warp::api

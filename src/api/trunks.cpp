#include <unordered_map>

#include "warp/api/live_state.h"
#include "warp/store/trunk_lookups.h"

#include "formats.h"
#include "services.h"
#include "sip_policy_body.h"
#include "trunk_rules.h"
#include "trunk_view.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostChannels = 1'000'000;

std::vector<Field> trunk_body(bool create) {
  auto name = name_field();
  auto type = text("auth_type").one_of({"IP_ACL", "DIGEST", "EITHER", "BOTH"});
  name.required = type.required = create;
  return {name,
          type,
          description_field(),
          boolean("enabled"),
          list("allowed_number_classes", text("").one_of(number_classes()), 5),
          integer("capacity_channels_inbound", 0, kMostChannels).or_null().says("0 disables the direction."),
          integer("capacity_channels_outbound", 0, kMostChannels).or_null().says("0 disables the direction."),
          integer("capacity_cps_inbound", 0, kMostChannels).or_null().says("0 disables the direction."),
          integer("capacity_cps_outbound", 0, kMostChannels).or_null().says("0 disables the direction."),
          free_object("sip_config").says("Kept as given, up to 16 KiB."),
          text("media_mode").one_of({"ANCHOR", "BYPASS"}).says("Operators only."),
          boolean("symmetric_rtp"),
          integer("media_timeout_seconds", 0, 86'400).says("Operators only."),
          integer("ring_timeout_seconds", 1, 600),
          integer("max_duration_seconds", 1, 604'800).says("Operators only."),
          sip_policy_field(),
          list("lookups", text("").one_of({"ani_lrn", "dni_lrn", "cnam", "dno", "toll_free"}), 5)
              .says("What is asked about the numbers of calls before they are routed. Operators only."),
          text("lookup_absent")
              .one_of({"CONTINUE", "REFUSE"})
              .says("What becomes of a call whose look-up has no answer. Operators only."),
          any("poi_id").or_null().says("Ignored.")};
}

std::optional<std::string> sip_config(const Json& body) {
  return has(body, "sip_config") ? std::optional(dump(body["sip_config"])) : std::nullopt;
}

std::optional<Failure> check_sip_config(const std::optional<std::string>& config) {
  constexpr std::size_t kLongest = 16 * 1024;
  if (!config || config->size() <= kLongest) return std::nullopt;
  return Failure{ErrorCode::ValidationError, "sip_config has more than 16 KiB."};
}

store::Nullable<std::uint32_t> capacity_patch(const Json& body, const char* name) {
  if (!has(body, name)) return std::nullopt;
  return store::Nullable<std::uint32_t>(take<std::uint32_t>(body, name));
}

TrunkCapacity capacity_of(const store::Trunk& trunk) {
  return {trunk.cps_inbound, trunk.cps_outbound, trunk.channels_inbound, trunk.channels_outbound};
}

// The rules of the account for a trunk that would have this capacity and these classes. `self`: left out of
// the sums.
boost::asio::awaitable<std::optional<Failure>> check_account(Services& services, store::Actor actor,
                                                             CustomerId id, std::optional<TrunkId> self,
                                                             TrunkCapacity* capacity,
                                                             std::vector<std::string> classes) {
  const auto customer = co_await services.customers.get(actor, id);
  if (!customer) co_return from_store(customer.error(), "customer");
  if (auto wrong = check_classes(classes, *customer)) co_return wrong;
  const auto ceilings = account_ceilings(*customer);
  auto trunks = co_await services.trunks.list(actor, id);
  if (!trunks) co_return from_store(trunks.error(), "trunk");
  std::erase_if(*trunks, [&](const store::Trunk& trunk) { return self && trunk.id == *self; });
  co_return fit_capacity(*capacity, ceilings, *trunks);
}

void put_lookups(Json& out, const store::TrunkLookups& lookups) {
  out["lookups"] = store::lookup_names(lookups.lookups);
  out["lookup_absent"] = lookups.refuse_without ? "REFUSE" : "CONTINUE";
}

store::TrunkLookupsPatch lookups_patch(const Json& body) {
  store::TrunkLookupsPatch patch;
  if (const auto names = take<std::vector<std::string>>(body, "lookups")) {
    patch.lookups = 0;
    for (const auto& name : *names)
      *patch.lookups |= store::parse_lookup(name).value_or(0);
  }
  if (const auto absent = take<std::string>(body, "lookup_absent"))
    patch.refuse_without = *absent == "REFUSE";
  return patch;
}

// The trunk as it is answered, after the body's changes of its look-ups.
Answer with_lookups(Services& services, Call call, store::Trunk trunk, unsigned status) {
  store::TrunkLookupRepository lookups(services.pool);
  auto out = show_trunk(trunk);
  const auto patch = call.body.is_object() ? lookups_patch(call.body) : store::TrunkLookupsPatch{};
  if (patch.lookups || patch.refuse_without) {
    const auto changed = co_await lookups.set(call.actor(), trunk.id, patch);
    if (!changed) co_return from_store(changed.error(), "trunk");
    put_lookups(out, *changed);
    co_return reply_with(std::move(out), status);
  }
  const auto found = co_await lookups.list(call.actor(), trunk.id);
  if (!found) co_return from_store(found.error(), "trunk");
  put_lookups(out, found->empty() ? store::TrunkLookups{} : found->front());
  co_return reply_with(std::move(out), status);
}

Answer list_trunks(Services& services, Call call) {
  const auto found = co_await services.trunks.list(call.actor(), call.customer());
  if (!found) co_return from_store(found.error(), "trunk");
  store::TrunkLookupRepository repository(services.pool);
  const auto lookups = co_await repository.list(call.actor(), std::nullopt);
  if (!lookups) co_return from_store(lookups.error(), "trunk");
  std::unordered_map<TrunkId, const store::TrunkLookups*> by_id;
  for (const auto& row : *lookups)
    by_id[row.trunk] = &row;
  Reply reply;
  reply.data = Json::array();
  for (const auto& trunk : *found) {
    auto out = show_trunk(trunk);
    const auto row = by_id.find(trunk.id);
    put_lookups(out, row == by_id.end() ? store::TrunkLookups{} : *row->second);
    reply.data.push_back(std::move(out));
  }
  co_return reply;
}

Answer get_trunk(Services& services, Call call) {
  auto found = co_await find_trunk(services, call);
  if (!found) co_return from_store(found.error(), "trunk");
  auto answering = with_lookups(services, std::move(call), std::move(*found), 200);
  co_return co_await std::move(answering);
}

Answer create_trunk(Services& services, Call call) {
  const auto& body = call.body;
  if (auto wrong = check_operator_fields(call)) co_return std::move(*wrong);
  const auto config = sip_config(body);
  if (auto wrong = check_sip_config(config)) co_return std::move(*wrong);
  const auto policy = read_sip_policy(body, services.ports.clips);
  if (!policy) co_return policy.error();
  store::NewTrunk trunk;
  trunk.customer = *call.customer();
  trunk.name = body["name"];
  trunk.description = take<std::string>(body, "description").value_or("");
  trunk.enabled = take<bool>(body, "enabled").value_or(true);
  trunk.auth_type = *domain::parse_auth_type(body["auth_type"].get<std::string>());
  trunk.allowed_number_classes =
      take<std::vector<std::string>>(body, "allowed_number_classes").value_or(std::vector<std::string>{});
  trunk.sip_config = config.value_or("{}");
  trunk.sip_policy = policy->value_or("{}");
  if (const auto mode = take<std::string>(body, "media_mode"))
    trunk.media_mode = *domain::parse_media_mode(*mode);
  trunk.symmetric_rtp = take<bool>(body, "symmetric_rtp").value_or(false);
  trunk.media_timeout_seconds =
      take<std::uint32_t>(body, "media_timeout_seconds").value_or(trunk.media_timeout_seconds);
  trunk.ring_timeout_seconds =
      take<std::uint32_t>(body, "ring_timeout_seconds").value_or(trunk.ring_timeout_seconds);
  trunk.max_duration_seconds =
      take<std::uint32_t>(body, "max_duration_seconds").value_or(trunk.max_duration_seconds);
  TrunkCapacity capacity;
  capacity.cps_inbound = take<std::uint32_t>(body, "capacity_cps_inbound");
  capacity.cps_outbound = take<std::uint32_t>(body, "capacity_cps_outbound");
  capacity.channels_inbound = take<std::uint32_t>(body, "capacity_channels_inbound");
  capacity.channels_outbound = take<std::uint32_t>(body, "capacity_channels_outbound");
  auto refused = co_await check_account(services, call.actor(), trunk.customer, std::nullopt, &capacity,
                                        trunk.allowed_number_classes);
  if (refused) co_return std::move(*refused);
  trunk.cps_inbound = capacity.cps_inbound;
  trunk.cps_outbound = capacity.cps_outbound;
  trunk.channels_inbound = capacity.channels_inbound;
  trunk.channels_outbound = capacity.channels_outbound;
  auto made = co_await services.trunks.create(call.actor(), trunk);
  if (!made) co_return from_store(made.error(), "trunk");
  auto answering = with_lookups(services, std::move(call), std::move(*made), 201);
  co_return co_await std::move(answering);
}

store::TrunkPatch patch_of(const Json& body) {
  store::TrunkPatch patch;
  patch.name = take<std::string>(body, "name");
  patch.description = take<std::string>(body, "description");
  patch.enabled = take<bool>(body, "enabled");
  if (const auto type = take<std::string>(body, "auth_type"))
    patch.auth_type = domain::parse_auth_type(*type);
  patch.allowed_number_classes = take<std::vector<std::string>>(body, "allowed_number_classes");
  patch.cps_inbound = capacity_patch(body, "capacity_cps_inbound");
  patch.cps_outbound = capacity_patch(body, "capacity_cps_outbound");
  patch.channels_inbound = capacity_patch(body, "capacity_channels_inbound");
  patch.channels_outbound = capacity_patch(body, "capacity_channels_outbound");
  patch.sip_config = sip_config(body);
  if (const auto mode = take<std::string>(body, "media_mode"))
    patch.media_mode = domain::parse_media_mode(*mode);
  patch.symmetric_rtp = take<bool>(body, "symmetric_rtp");
  patch.media_timeout_seconds = take<std::uint32_t>(body, "media_timeout_seconds");
  patch.ring_timeout_seconds = take<std::uint32_t>(body, "ring_timeout_seconds");
  patch.max_duration_seconds = take<std::uint32_t>(body, "max_duration_seconds");
  return patch;
}

Answer update_trunk(Services& services, Call call) {
  if (auto wrong = check_operator_fields(call)) co_return std::move(*wrong);
  auto patch = patch_of(call.body);
  if (auto wrong = check_sip_config(patch.sip_config)) co_return std::move(*wrong);
  const auto policy = read_sip_policy(call.body, services.ports.clips);
  if (!policy) co_return policy.error();
  patch.sip_policy = *policy;
  const auto before = co_await find_trunk(services, call);
  if (!before) co_return from_store(before.error(), "trunk");
  if (patch.cps_inbound || patch.cps_outbound || patch.channels_inbound || patch.channels_outbound ||
      patch.allowed_number_classes) {
    auto capacity = capacity_of(*before);
    if (patch.cps_inbound) capacity.cps_inbound = *patch.cps_inbound;
    if (patch.cps_outbound) capacity.cps_outbound = *patch.cps_outbound;
    if (patch.channels_inbound) capacity.channels_inbound = *patch.channels_inbound;
    if (patch.channels_outbound) capacity.channels_outbound = *patch.channels_outbound;
    const auto classes = patch.allowed_number_classes.value_or(std::vector<std::string>{});
    auto refused =
        co_await check_account(services, call.actor(), before->customer, before->id, &capacity, classes);
    if (refused) co_return std::move(*refused);
    if (patch.cps_inbound) patch.cps_inbound = capacity.cps_inbound;
    if (patch.cps_outbound) patch.cps_outbound = capacity.cps_outbound;
    if (patch.channels_inbound) patch.channels_inbound = capacity.channels_inbound;
    if (patch.channels_outbound) patch.channels_outbound = capacity.channels_outbound;
  }
  auto changed = co_await services.trunks.update(call.actor(), before->id, patch);
  if (!changed) co_return from_store(changed.error(), "trunk");
  auto answering = with_lookups(services, std::move(call), std::move(*changed), 200);
  co_return co_await std::move(answering);
}

Answer delete_trunk(Services& services, Call call) {
  const auto id = call.id<TrunkId>("trunk_id");
  const auto found = co_await find_trunk(services, call);
  if (!found) co_return from_store(found.error(), "trunk");
  const auto load = services.live.trunk(id);
  if (load && load->channels_inbound.value_or(0) + load->channels_outbound.value_or(0) > 0) {
    Failure failure{ErrorCode::Conflict, "Calls are in progress; let them end."};
    failure.details["reason"] = "active_calls";
    co_return failure;
  }
  const auto gone = co_await services.trunks.remove(call.actor(), id);
  if (gone) co_return no_content();
  auto failure = from_store(gone.error(), "trunk");
  if (gone.error().kind == store::ErrorKind::InUse) {
    failure.message = "Detail records point at this trunk; switch it off instead.";
    failure.details["reason"] = "has_records";
  }
  co_return failure;
}

Json current(const std::optional<TrunkLoad>& load, std::optional<std::uint32_t> TrunkLoad::*counter) {
  return load ? value_or_null((*load).*counter) : Json();
}

Answer throttle_state(Services& services, Call call) {
  const auto found = co_await find_trunk(services, call);
  if (!found) co_return from_store(found.error(), "trunk");
  const auto load = services.live.trunk(found->id);
  Reply reply;
  put_capacity(reply.data, *found);
  reply.data["current_cps_inbound"] = current(load, &TrunkLoad::cps_inbound);
  reply.data["current_cps_outbound"] = current(load, &TrunkLoad::cps_outbound);
  reply.data["current_channels_inbound"] = current(load, &TrunkLoad::channels_inbound);
  reply.data["current_channels_outbound"] = current(load, &TrunkLoad::channels_outbound);
  reply.data["counters_available"] = load.has_value();
  co_return reply;
}

Answer cascade_preview(Services& services, Call call) {
  const auto id = call.id<TrunkId>("trunk_id");
  const auto found = co_await services.trunks.cascade(call.actor(), id);
  if (!found) co_return from_store(found.error(), "trunk");
  const auto load = services.live.trunk(id);
  Reply reply;
  reply.data["src_ips"] = found->ips;
  reply.data["tns_routed_here"] = found->numbers;
  reply.data["active_calls"] =
      load ? Json(load->channels_inbound.value_or(0) + load->channels_outbound.value_or(0)) : Json();
  reply.data["cdr_count"] = found->records;
  co_return reply;
}

Schema throttle_schema() {
  Schema schema{"TrunkThrottleState", {}};
  for (const char* prefix : {"capacity_", "current_"})
    for (const char* name : {"cps_inbound", "cps_outbound", "channels_inbound", "channels_outbound"})
      schema.fields.push_back(integer(prefix + std::string(name)).or_null());
  schema.fields.push_back(boolean("counters_available"));
  return schema;
}

}  // namespace

void add_trunks(EndpointTable& table, Services& services) {
  const std::string tag = "Trunks";
  const std::string one = "/trunks/{trunk_id:uuid}";
  table.push_back({.path = "/trunks",
                   .summary = "All trunks, each with its addresses",
                   .tag = tag,
                   .action = act(services, list_trunks),
                   .scope = "trunks:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = trunk_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/trunks",
                   .summary = "Create a trunk",
                   .tag = tag,
                   .action = act(services, create_trunk),
                   .scope = "trunks:write",
                   .of_customer = true,
                   .customer_needed = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewTrunk", trunk_body(true)},
                   .answer = trunk_schema(),
                   .status = 201,
                   .errors = {ErrorCode::ValidationError, ErrorCode::Conflict, ErrorCode::NotFound}});
  table.push_back({.path = one,
                   .summary = "One trunk with its addresses",
                   .tag = tag,
                   .action = act(services, get_trunk),
                   .scope = "trunks:read",
                   .of_customer = true,
                   .answer = trunk_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = one,
                     .summary = "Change a trunk; only the fields present",
                     .tag = tag,
                     .action = act(services, update_trunk),
                     .scope = "trunks:write",
                     .step_up = true,
                     .of_customer = true,
                     .body_kind = BodyKind::Json,
                     .body = {"TrunkPatch", trunk_body(false)},
                     .answer = trunk_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::ValidationError, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = "Delete a trunk that has no calls and no detail records",
                   .tag = tag,
                   .action = act(services, delete_trunk),
                   .scope = "trunks:write",
                   .step_up = true,
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.path = one + "/throttle-state",
                   .summary = "Configured capacity and live counters; unreadable counters are null",
                   .tag = tag,
                   .action = act(services, throttle_state),
                   .scope = "trunks:read",
                   .of_customer = true,
                   .answer = throttle_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.path = one + "/cascade-preview",
                   .summary = "What hangs on the trunk",
                   .tag = tag,
                   .action = act(services, cascade_preview),
                   .scope = "trunks:read",
                   .of_customer = true,
                   .answer = {"TrunkCascade",
                              {integer("src_ips"), integer("tns_routed_here"),
                               integer("active_calls").or_null(), integer("cdr_count")}},
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api

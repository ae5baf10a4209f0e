// Rules that translate numbers where calls of a trunk or provider come in and go out.
#include "warp/store/number_rules.h"

#include "warp/base/pattern.h"
#include "warp/routing/numbers.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostCases = 50;

enum class OwnerKind : std::uint8_t { Trunk, Provider };

std::vector<Field> number_rule_body(bool create) {
  auto stage = text("stage").one_of({"entry", "exit"}).says("Of calls that come from it, or that go to it.");
  auto subject = text("subject").one_of({"called", "calling"});
  auto pattern = text("pattern").between(1, 256).says("Regular expression (RE2); every match is replaced.");
  stage.required = subject.required = pattern.required = create;
  return {
      std::move(stage),
      std::move(subject),
      integer("position", 0, 65'535).says("Lower first. Default 100."),
      std::move(pattern),
      text("replacement", 128).says("\\1 … \\9 are the pattern's groups."),
      list("cases", object("", {text("in", 64).needed(), text("out", 64).needed()}), kMostCases)
          .says("What the rule must make of numbers; a number that it must leave alone has itself as `out`."),
      boolean("enabled"),
      text("description", 1024)};
}

Schema number_rule_schema() {
  auto fields = number_rule_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"NumberRule", fields};
}

Json show(const store::NumberRule& row) {
  Json out;
  out["id"] = row.rule.id.to_string();
  out["stage"] = domain::to_string(row.rule.stage);
  out["subject"] = domain::to_string(row.rule.subject);
  out["position"] = row.rule.position;
  out["pattern"] = row.rule.pattern;
  out["replacement"] = row.rule.replacement;
  out["cases"] = parse_json(row.cases).value_or(Json::array());
  out["enabled"] = row.enabled;
  out["description"] = row.description;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

void read_number_rule(const Json& body, store::NumberRule& row) {
  auto& rule = row.rule;
  if (const auto stage = take<std::string>(body, "stage")) rule.stage = *domain::parse_number_stage(*stage);
  if (const auto subject = take<std::string>(body, "subject"))
    rule.subject = *domain::parse_number_subject(*subject);
  rule.position = take<std::uint32_t>(body, "position").value_or(rule.position);
  rule.pattern = take<std::string>(body, "pattern").value_or(rule.pattern);
  rule.replacement = take<std::string>(body, "replacement").value_or(rule.replacement);
  if (has(body, "cases") && !is_null(body, "cases")) row.cases = dump(body["cases"]);
  row.enabled = take<bool>(body, "enabled").value_or(row.enabled);
  row.description = take<std::string>(body, "description").value_or(row.description);
}

Failure wrong_number_rule(const std::string& field, const std::string& why) {
  Failure failure{ErrorCode::ValidationError, "The rule cannot be used; nothing was changed."};
  failure.details["fields"][field] = why;
  return failure;
}

// Pattern, replacement and each of its cases, in their order.
std::optional<Failure> fault_of(const store::NumberRule& row) {
  const auto pattern = Pattern::compile(row.rule.pattern);
  if (!pattern) return wrong_number_rule("pattern", pattern.error().message);
  if (const auto problem = pattern->check_replacement(row.rule.replacement))
    return wrong_number_rule("replacement", problem->message);
  const auto cases = parse_json(row.cases).value_or(Json::array());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto in = cases[i]["in"].get<std::string>();
    const auto out = routing::apply(*pattern, row.rule.replacement, in).value_or(in);
    if (out == cases[i]["out"].get<std::string>()) continue;
    auto failure =
        wrong_number_rule("cases[" + std::to_string(i) + "]", "the rule makes " + out + " of " + in);
    failure.details["case"] = i;
    failure.details["got"] = out;
    return failure;
  }
  return std::nullopt;
}

store::RuleOwner owner_of(const Call& call, OwnerKind kind) {
  if (kind == OwnerKind::Trunk) return call.id<TrunkId>("trunk_id");
  return call.id<ProviderId>("provider_id");
}

const char* thing(OwnerKind kind) {
  return kind == OwnerKind::Trunk ? "trunk" : "provider";
}

template <OwnerKind kind>
Answer list_number_rules(Services& services, Call call) {
  const auto found = co_await services.number_rules.list(call.as_operator(), owner_of(call, kind));
  if (!found) co_return from_store(found.error(), thing(kind));
  co_return list_reply(*found, [](const auto& row) { return show(row); });
}

template <OwnerKind kind>
Answer get_number_rule(Services& services, Call call) {
  const auto found =
      co_await services.number_rules.get(call.as_operator(), owner_of(call, kind), call.uuid("rule_id"));
  if (!found) co_return from_store(found.error(), "number rule");
  co_return reply_with(show(*found));
}

template <OwnerKind kind>
Answer create_number_rule(Services& services, Call call) {
  store::NumberRule wanted;
  wanted.rule.position = 100;
  read_number_rule(call.body, wanted);
  if (auto fault = fault_of(wanted)) co_return std::move(*fault);
  const auto made = co_await services.number_rules.create(call.as_operator(), owner_of(call, kind), wanted);
  if (!made) co_return from_store(made.error(), thing(kind));
  co_return reply_with(show(*made), 201);
}

template <OwnerKind kind>
Answer update_number_rule(Services& services, Call call) {
  const auto owner = owner_of(call, kind);
  auto found = co_await services.number_rules.get(call.as_operator(), owner, call.uuid("rule_id"));
  if (!found) co_return from_store(found.error(), "number rule");
  read_number_rule(call.body, *found);
  if (auto fault = fault_of(*found)) co_return std::move(*fault);
  const auto changed = co_await services.number_rules.update(call.as_operator(), owner, *found);
  if (!changed) co_return from_store(changed.error(), "number rule");
  co_return reply_with(show(*changed));
}

template <OwnerKind kind>
Answer delete_number_rule(Services& services, Call call) {
  const auto gone =
      co_await services.number_rules.remove(call.as_operator(), owner_of(call, kind), call.uuid("rule_id"));
  if (!gone) co_return from_store(gone.error(), "number rule");
  co_return no_content();
}

// The rules as they are stored, whether or not the snapshot has them yet.
template <OwnerKind kind>
Answer test_number_rules(Services& services, Call call) {
  const auto found = co_await services.number_rules.list(call.as_operator(), owner_of(call, kind));
  if (!found) co_return from_store(found.error(), thing(kind));
  const auto stage = *domain::parse_number_stage(call.body["stage"].get<std::string>());
  const auto subject = *domain::parse_number_subject(call.body["subject"].get<std::string>());
  auto number = call.body["number"].get<std::string>();
  Reply reply;
  reply.data["number"] = number;
  auto steps = Json::array();
  for (const auto& row : *found) {
    if (!row.enabled || row.rule.stage != stage || row.rule.subject != subject) continue;
    const auto pattern = Pattern::compile(row.rule.pattern);
    const auto after = pattern ? routing::apply(*pattern, row.rule.replacement, number) : std::nullopt;
    if (!after) continue;
    Json step;
    step["rule_id"] = row.rule.id.to_string();
    step["before"] = number;
    step["after"] = *after;
    steps.push_back(std::move(step));
    number = *after;
  }
  reply.data["result"] = number;
  reply.data["steps"] = std::move(steps);
  co_return reply;
}

template <OwnerKind kind>
void add_of(EndpointTable& table, Services& services, const std::string& all, const std::string& tag) {
  const std::string one = all + "/{rule_id:uuid}";
  table.push_back({.path = all,
                   .summary = "Rules that translate numbers, in the order in which they run",
                   .tag = tag,
                   .action = act(services, list_number_rules<kind>),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = number_rule_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = all,
                   .summary = "Create a rule; refused when one of its cases does not hold",
                   .tag = tag,
                   .action = act(services, create_number_rule<kind>),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewNumberRule", number_rule_body(true)},
                   .answer = number_rule_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back(
      {.method = http::Method::Post,
       .path = all + "/test",
       .summary = "What the rules make of a number; nothing is changed",
       .tag = tag,
       .action = act(services, test_number_rules<kind>),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberRuleSample",
                {text("stage").one_of({"entry", "exit"}).needed(),
                 text("subject").one_of({"called", "calling"}).needed(), text("number", 64).needed()}},
       .answer = {"NumberRuleTest",
                  {text("number"), text("result"),
                   list("steps", object("", {uuid("rule_id"), text("before"), text("after")}))}},
       .errors = {ErrorCode::NotFound}});
  table.push_back({.path = one,
                   .summary = "One rule",
                   .tag = tag,
                   .action = act(services, get_number_rule<kind>),
                   .operators_only = true,
                   .answer = number_rule_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = one,
                     .summary = "Change a rule; only the fields present",
                     .tag = tag,
                     .action = act(services, update_number_rule<kind>),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {"NumberRulePatch", number_rule_body(false)},
                     .answer = number_rule_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = "Delete a rule",
                   .tag = tag,
                   .action = act(services, delete_number_rule<kind>),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_number_rules(EndpointTable& table, Services& services) {
  add_of<OwnerKind::Trunk>(table, services, "/trunks/{trunk_id:uuid}/number-rules", "Trunks");
  add_of<OwnerKind::Provider>(table, services, "/providers/{provider_id:uuid}/number-rules", "Routing");
}

}  // namespace warp::api

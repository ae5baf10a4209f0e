// Interceptors: what happens to messages before they are counted, priced and routed.
#include "message_rules.h"

#include "warp/base/pattern.h"
#include "warp/net/completion.h"
#include "warp/store/messaging.h"
#include "warp/store/messaging_rules.h"

#include "formats.h"
#include "message_submit.h"
#include "resource.h"

namespace warp::api {
namespace {

using MessageRuleItem = store::MessageRuleRepository::Item;

const Paging kMessageRulePaging;

bool is_match(std::string_view text) {
  return text.find_first_of(" \t\r\n") == std::string_view::npos;
}

std::vector<Field> message_rule_body() {
  return {boolean("enabled"),
          integer("order", 0, 65'535).says("Lower first."),
          boolean("last").says("No rule after it, when it acts."),
          uuid("customer_id").or_null().says("Null: everybody's."),
          text("direction").one_of({"inbound", "outbound"}),
          text("sender", 22)
              .is(is_match, "without blanks")
              .says("Exact, or the beginning with `*` after it; empty fits all."),
          text("recipient", 22).is(is_match, "without blanks").says("As `sender`."),
          text("pattern", 1024).says("Regular expression (RE2) on the text, in any case; empty fits all."),
          boolean("refuse").says("CONTENT_REFUSED."),
          text("set_sender", 20).or_null().says("A number or up to 11 letters; whoever's it is."),
          text("set_recipient", 15).or_null().is(is_prefix, "digits of a number").says("E.164 digits."),
          text("replacement", 1600)
              .or_null()
              .says("Of every match of the pattern; \\\\1 … \\\\9 are its groups."),
          integer("set_priority", 0, 3).or_null(),
          uuid("via_connector_id").or_null().says("This connector first, when it can send."),
          description_field()};
}

Schema message_rule_schema() {
  auto fields = message_rule_body();
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"MessageRule", fields};
}

Json show(const MessageRuleItem& row) {
  const auto& rule = row.item;
  Json out;
  out["id"] = rule.id.to_string();
  out["enabled"] = rule.enabled;
  out["order"] = rule.order;
  out["last"] = rule.last;
  out["customer_id"] = id_or_null(rule.customer);
  out["direction"] = rule.inbound ? "inbound" : "outbound";
  out["sender"] = rule.sender;
  out["recipient"] = rule.recipient;
  out["pattern"] = rule.pattern;
  out["refuse"] = rule.refuse;
  out["set_sender"] = value_or_null(rule.set_sender);
  out["set_recipient"] = value_or_null(rule.set_recipient);
  out["replacement"] = value_or_null(rule.replacement);
  out["set_priority"] = value_or_null(rule.set_priority);
  out["via_connector_id"] = id_or_null(rule.via);
  out["description"] = row.description;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

template <class T>
void read_nullable(const Json& body, std::string_view name, std::optional<T>& out) {
  if (has(body, name)) out = take<T>(body, name);
}

void read_message_rule(const Json& body, MessageRuleItem& row) {
  auto& rule = row.item;
  rule.enabled = take<bool>(body, "enabled").value_or(rule.enabled);
  rule.order = take<int>(body, "order").value_or(rule.order);
  rule.last = take<bool>(body, "last").value_or(rule.last);
  if (has(body, "customer_id")) {
    const auto id = take<std::string>(body, "customer_id");
    rule.customer = id ? CustomerId::parse(*id) : std::nullopt;
  }
  if (const auto direction = take<std::string>(body, "direction")) rule.inbound = *direction == "inbound";
  rule.sender = take<std::string>(body, "sender").value_or(rule.sender);
  rule.recipient = take<std::string>(body, "recipient").value_or(rule.recipient);
  for (auto* address : {&rule.sender, &rule.recipient})
    if (address->starts_with('+')) address->erase(0, 1);
  rule.pattern = take<std::string>(body, "pattern").value_or(rule.pattern);
  rule.refuse = take<bool>(body, "refuse").value_or(rule.refuse);
  read_nullable(body, "set_sender", rule.set_sender);
  read_nullable(body, "set_recipient", rule.set_recipient);
  read_nullable(body, "replacement", rule.replacement);
  read_nullable(body, "set_priority", rule.set_priority);
  if (has(body, "via_connector_id")) {
    const auto id = take<std::string>(body, "via_connector_id");
    rule.via = id ? ConnectorId::parse(*id) : std::nullopt;
  }
  row.description = take<std::string>(body, "description").value_or(row.description);
}

Failure wrong_message_rule(const char* field, std::string why) {
  Failure failure{ErrorCode::ValidationError, "The rule cannot be used; nothing was changed."};
  failure.details["fields"][field] = std::move(why);
  return failure;
}

Failure wrong_at(const char* field, const PatternProblem& problem) {
  auto failure = wrong_message_rule(field, problem.message);
  failure.details["position"] = problem.position;
  return failure;
}

// What no schema can say of it.
std::optional<Failure> fault_of(const domain::MessageRule& rule) {
  const auto pattern = Pattern::compile(rule.pattern);
  if (!pattern) return wrong_at("pattern", pattern.error());
  if (rule.replacement && rule.pattern.empty()) return wrong_message_rule("replacement", "needs a pattern");
  if (rule.replacement)
    if (const auto problem = pattern->check_replacement(*rule.replacement))
      return wrong_at("replacement", *problem);
  if (rule.set_sender && !read_sender(*rule.set_sender))
    return wrong_message_rule("set_sender", "must be a number or up to 11 letters");
  if (rule.set_recipient && rule.set_recipient->size() < 3)
    return wrong_message_rule("set_recipient", "must be 3 to 15 digits");
  return std::nullopt;
}

Answer list_message_rules(Services& services, Call call) {
  const auto page = read_page(call.query, kMessageRulePaging);
  const auto found = co_await services.message_rules.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "message rule");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_message_rule(Services& services, Call call) {
  const auto found =
      co_await services.message_rules.get(call.as_operator(), call.id<MessageRuleId>("rule_id"));
  if (!found) co_return from_store(found.error(), "message rule");
  co_return reply_with(show(*found));
}

Answer create_message_rule(Services& services, Call call) {
  MessageRuleItem wanted;
  read_message_rule(call.body, wanted);
  if (auto fault = fault_of(wanted.item)) co_return std::move(*fault);
  const auto made =
      co_await services.message_rules.create(call.as_operator(), wanted.item, wanted.description);
  if (!made) co_return from_store(made.error(), "message rule");
  co_return reply_with(show(*made), 201);
}

Answer update_message_rule(Services& services, Call call) {
  const auto id = call.id<MessageRuleId>("rule_id");
  auto found = co_await services.message_rules.get(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "message rule");
  read_message_rule(call.body, *found);
  if (auto fault = fault_of(found->item)) co_return std::move(*fault);
  store::Change<domain::MessageRule> change = [body = call.body](MessageRuleItem& row) {
    read_message_rule(body, row);
  };
  const auto changed = co_await services.message_rules.update(call.as_operator(), id, std::move(change));
  if (!changed) co_return from_store(changed.error(), "message rule");
  co_return reply_with(show(*changed));
}

Answer delete_message_rule(Services& services, Call call) {
  const auto gone =
      co_await services.message_rules.remove(call.as_operator(), call.id<MessageRuleId>("rule_id"));
  if (!gone) co_return from_store(gone.error(), "message rule");
  co_return no_content();
}

Answer test_message_rules(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto from = read_sender(call.body["from"].get<std::string>());
  if (!from) co_return wrong_message_rule("from", "is no number or name to send from");
  const auto to = read_sender(call.body["to"].get<std::string>());
  if (!to) co_return wrong_message_rule("to", "is no number to send to");
  domain::Submission submission;
  submission.customer = *CustomerId::parse(call.body["customer_id"].get<std::string>());
  submission.from = *from;
  submission.to = *to;
  submission.text = take<std::string>(call.body, "body").value_or("");
  submission.priority = take<std::uint8_t>(call.body, "priority").value_or(0);
  const auto direction = take<std::string>(call.body, "direction").value_or("outbound") == "inbound"
                             ? domain::Direction::Inbound
                             : domain::Direction::Outbound;
  const auto trial = co_await ask_rules(*services.messaging, std::move(submission), direction);
  if (!trial) co_return no_messaging();
  co_return reply_with(show_trial(*trial));
}

}  // namespace

boost::asio::awaitable<TriedRules> ask_rules(domain::MessagePort& port, domain::Submission submission,
                                             domain::Direction direction) {
  auto start = [&port, direction,
                submission = std::move(submission)](std::unique_ptr<net::Completion<TriedRules>> answer) {
    std::shared_ptr<net::Completion<TriedRules>> kept = std::move(answer);
    port.try_rules(submission, direction, [kept](TriedRules trial) { kept->complete(std::move(trial)); });
  };
  co_return co_await net::suspend<TriedRules>(std::move(start));
}

std::vector<Field> trial_fields() {
  return {list("rules", uuid("")).says("That acted, in their order."),
          boolean("refused").says("By the last of them."),
          text("from"),
          text("to"),
          text("body"),
          integer("priority"),
          uuid("via_connector_id").or_null()};
}

Json show_trial(const domain::RuleTrial& trial) {
  Json out;
  out["rules"] = Json::array();
  for (const auto& rule : trial.acted)
    out["rules"].push_back(rule.to_string());
  out["refused"] = trial.refused;
  out["from"] = trial.from;
  out["to"] = trial.to;
  out["body"] = trial.text;
  out["priority"] = trial.priority;
  out["via_connector_id"] = id_or_null(trial.via);
  return out;
}

void add_message_rules(EndpointTable& table, Services& services) {
  table.push_back({.method = http::Method::Post,
                   .path = "/messaging/rules/test",
                   .summary = "Which rules act on such a message, and what they make of it; nothing is sent",
                   .tag = "Messaging",
                   .action = act(services, test_message_rules),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"MessageRuleSample",
                            {uuid("customer_id").needed(), text("from", 32).needed(), text("to", 32).needed(),
                             text("body", 65'536), integer("priority", 0, 3),
                             text("direction").one_of({"inbound", "outbound"})}},
                   .answer = {"MessageRuleTest", trial_fields()},
                   .errors = {ErrorCode::ValidationError, ErrorCode::GatewayUnavailable}});
  add_resource(table, services,
               {.path = "/messaging/rules",
                .id = "rule_id",
                .tag = "Messaging",
                .name = "message rule",
                .schema = "MessageRule",
                .what_lists = "Rules of messages, in the order in which they run",
                .what_deletes = "Delete a message rule",
                .list = list_message_rules,
                .create = create_message_rule,
                .get = get_message_rule,
                .update = update_message_rule,
                .remove = delete_message_rule,
                .query = paging_fields(kMessageRulePaging),
                .new_fields = message_rule_body(),
                .patch_fields = message_rule_body(),
                .answer = message_rule_schema(),
                .delete_errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api

// The groups of a port request: numbers that one carrier loses, the customer's details there, the letter of
// authorisation; what is wrong with them, and the operator's word on what the other carrier said.
#include <algorithm>

#include "warp/porting/faults.h"
#include "warp/porting/loa.h"

#include "formats.h"
#include "port_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

using domain::PortAction;

bool is_spid(std::string_view text) {
  return text.size() == 4 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

const store::PortGroupRow* group_in(const store::PortView& view, std::string_view spid) {
  const auto found = std::find_if(view.groups.begin(), view.groups.end(),
                                  [&](const store::PortGroupRow& row) { return row.group.spid == spid; });
  return found == view.groups.end() ? nullptr : &*found;
}

Failure bad_spid() {
  Failure failure{ErrorCode::InvalidParam, "A SPID has four digits or capitals."};
  failure.details["param"] = "spid";
  return failure;
}

bool submitted(const store::PortView& view, std::string_view spid) {
  return std::any_of(view.numbers.begin(), view.numbers.end(), [&](const store::PortNumberRow& row) {
    return row.number.spid == spid && !porting::before_submission(state_of(row));
  });
}

Answer put_details(Services& services, Call call) {
  const std::string spid(call.request.param("spid"));
  if (!is_spid(spid)) co_return bad_spid();
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  const auto* row = group_in(*view, spid);
  if (!row) co_return not_found("group of numbers");
  if (call.body.empty())
    co_return Failure{ErrorCode::InvalidPayload, "At least one of the details is needed."};
  auto details = row->group.details;
  for (const auto& [name, value] : call.body.items())
    details[name] = value;
  Json told;
  told["spid"] = spid;
  store::PortRepository repository(services.pool);
  const auto set = co_await repository.set_details(call.as_operator(), view->request.id, spid, details,
                                                   port_deed("details_set", told));
  if (!set) co_return from_store(set.error(), "group of numbers");
  auto fresh = co_await find_port(services, call);
  if (!fresh) co_return fresh.error();
  domain::PortWish wish;
  wish.spid = spid;
  auto acting = do_port(services, call, std::move(*fresh), PortAction::Details, wish, store::PortDeed{});
  const auto now = co_await std::move(acting);
  if (!now) co_return now.error();
  co_return reply_with(show_port(*now));
}

std::string text_at(const Json& body, const char* object, const char* name) {
  const auto found = body.find(object);
  if (found == body.end() || !found->is_object()) return {};
  return take<std::string>(*found, name).value_or("");
}

porting::Loa read_loa(const Json& body) {
  porting::Loa loa;
  loa.attestation = take<bool>(body, "attestation").value_or(false);
  loa.company = text_at(body, "authorizing_party", "company");
  loa.address = text_at(body, "authorizing_party", "address");
  loa.contact = text_at(body, "authorizing_party", "contact");
  loa.carrier = text_at(body, "losing_carrier", "name");
  loa.account_number = text_at(body, "losing_carrier", "account_number");
  loa.btn = text_at(body, "losing_carrier", "btn");
  loa.signer = text_at(body, "signer", "name");
  loa.title = text_at(body, "signer", "title");
  return loa;
}

Answer make_loa(Services& services, Call call) {
  const std::string spid(call.request.param("spid"));
  if (!is_spid(spid)) co_return bad_spid();
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  if (!group_in(*view, spid)) co_return not_found("group of numbers");
  if (submitted(*view, spid))
    co_return port_conflict("already_submitted", "The numbers of the group were submitted.");
  const auto loa = read_loa(call.body);
  if (const auto missing = porting::missing_fields(loa); !missing.empty()) {
    Failure failure{ErrorCode::InvalidPayload, "The letter is not complete."};
    failure.details["fields"] = missing;
    co_return failure;
  }
  porting::LoaFacts facts;
  facts.reference = view->request.id.to_string();
  facts.spid = spid;
  facts.gaining = services.settings.porting.company;
  facts.date = timestamp(services.clock.wall()).substr(0, 10);
  for (const auto& row : view->numbers)
    if (row.number.spid == spid) facts.numbers.push_back(row.number.e164);
  store::PortPaper paper;
  paper.doc_type = "LOA";
  paper.file_name = "loa-" + spid + ".html";
  paper.content_type = "text/html; charset=utf-8";
  paper.spid = spid;
  paper.generated = true;
  Json signer;
  signer["name"] = loa.signer;
  signer["title"] = loa.title;
  signer["ip"] = call.context->ip;
  paper.signer = dump(signer);
  store::PortDocumentRepository repository(services.pool);
  const auto made = co_await repository.add(call.actor(), view->request.id, std::move(paper),
                                            porting::loa_html(loa, facts));
  if (!made) co_return from_store(made.error(), "document");
  co_return reply_with(show_port_paper(*made, call.principal().is_operator()), 201);
}

Answer error_groups(Services& services, Call call) {
  const auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  Reply reply;
  reply.data = Json::array();
  for (const auto& group : porting::group_faults(view->project().numbers)) {
    Json row;
    row["id"] = group.code;
    row["error_code"] = group.code;
    row["error_message"] = group.message;
    row["count"] = group.count;
    row["sample_tns"] = Json::array();
    for (std::size_t i = 0; i < std::min<std::size_t>(group.numbers.size(), 5); ++i)
      row["sample_tns"].push_back(shown_number(group.numbers[i]));
    row["auto_fix_available"] = group.auto_fix;
    row["suggested_action"] = group.suggested;
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

Answer auto_fix(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  auto numbers = chosen_numbers(call.body, *view);
  if (!numbers) co_return numbers.error();
  const auto code = take<std::string>(call.body, "error_group_id").value_or("");
  const auto project = view->project();
  store::PortRepository repository(services.pool);
  for (const auto& group : project.groups) {
    const bool chosen =
        numbers->empty() ||
        std::any_of(project.numbers.begin(), project.numbers.end(), [&](const domain::PortNumber& one) {
          return one.spid == group.spid &&
                 std::find(numbers->begin(), numbers->end(), one.e164) != numbers->end();
        });
    if (!chosen || group.on_net) continue;
    auto mended = porting::mend(group, project.numbers, code);
    if (!mended) continue;
    Json told;
    told["spid"] = group.spid;
    const auto set = co_await repository.set_details(call.as_operator(), view->request.id, group.spid,
                                                     std::move(*mended), port_deed("auto_fixed", told));
    if (!set) co_return from_store(set.error(), "group of numbers");
  }
  auto fresh = co_await find_port(services, call);
  if (!fresh) co_return fresh.error();
  domain::PortWish wish;
  wish.tns = *numbers;
  wish.error_group = code;
  auto acting = do_port(services, call, std::move(*fresh), PortAction::AutoFix, wish, store::PortDeed{});
  const auto now = co_await std::move(acting);
  if (!now) co_return now.error();
  co_return reply_with(show_port(*now));
}

std::optional<porting::Event> event_of(std::string_view state) {
  using enum porting::Event;
  if (state == "FOC_RECEIVED") return Confirm;
  if (state == "PORT_CONFLICT") return Dispute;
  if (state == "CSR_MISMATCH") return Mismatch;
  if (state == "PORT_EXCEPTION") return Break;
  if (state == "READY_FOR_ACTIVATION") return DueDate;
  if (state == "ACTIVATED") return Done;
  if (state == "CANCELLED") return Cancel;
  if (state == "FAILED") return Fail;
  return std::nullopt;
}

// What the other carrier said, as the operator heard it. Of requests that are ported by hand.
Answer decide_port(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  const auto e164 = e164_of(call.request.param("tn"));
  const auto row = std::find_if(view->numbers.begin(), view->numbers.end(),
                                [&](const store::PortNumberRow& one) { return one.number.e164 == e164; });
  if (!e164 || row == view->numbers.end()) co_return not_found("number in the request");
  if (view->request.provider != "embedded")
    co_return port_conflict("other_provider", "The provider itself says what becomes of the number.");
  const auto wanted = call.body["state"].get<std::string>();
  const auto event = event_of(wanted);
  const auto step = event ? porting::step(state_of(*row), *event) : std::nullopt;
  if (!step) co_return port_conflict("wrong_state", "The number cannot come from its state to that one.");
  const auto foc = take<std::string>(call.body, "foc_date");
  if (event == porting::Event::Confirm && !foc) {
    Failure failure{ErrorCode::InvalidPayload, "A confirmation has a date."};
    failure.details["fields"]["foc_date"] = "is required";
    co_return failure;
  }
  store::PortMerge merge;
  merge.was = row->number.state;
  merge.number.e164 = *e164;
  merge.number.state = porting::to_string(step->state);
  merge.number.foc_date = foc.value_or("");
  merge.number.failure = take<std::string>(call.body, "reason").value_or("");
  if (step->actions & porting::kAskAgain) merge.number.ask_at = services.clock.wall();
  Json told;
  told["tn"] = shown_number(*e164);
  told["state"] = merge.number.state;
  std::vector<store::PortMerge> merges;
  merges.push_back(std::move(merge));
  store::PortRepository repository(services.pool);
  const auto merged = co_await repository.merge(call.as_operator(), view->request.id, std::move(merges),
                                                port_deed("decided", told));
  if (!merged) co_return from_store(merged.error(), "port request");
  if (*merged == 0) co_return port_conflict("changed_meanwhile", "The number's state has just changed.");
  const auto now = co_await find_port(services, call);
  if (!now) co_return now.error();
  co_return reply_with(show_port(*now));
}

Endpoint port_endpoint(Services& services, http::Method method, const char* path, const char* summary,
                       Operation operation) {
  Endpoint out;
  out.method = method;
  out.path = kPortPath + path;
  out.summary = summary;
  out.tag = kPortingTag;
  out.action = act(services, operation);
  out.scope = method == http::Method::Get ? "porting:read" : "porting:write";
  out.of_customer = true;
  out.answer = port_schema();
  out.errors = {ErrorCode::NotFound, ErrorCode::TniqError, ErrorCode::GatewayUnavailable};
  return out;
}

}  // namespace

void add_port_groups(EndpointTable& table, Services& services) {
  auto details = port_endpoint(
      services, http::Method::Put, "/groups/{spid}/details",
      "The customer's details at the carrier that loses the numbers; only the fields present", put_details);
  details.body_kind = BodyKind::Json;
  details.body = {"PortGroupDetails",
                  {text("account_number", 64), text("btn", 32).says("Billing telephone number: ten digits."),
                   text("business_name", 128), text("end_user_name", 128), text("pin", 32),
                   text("service_address", 256)}};
  details.errors.insert(details.errors.end(), {ErrorCode::InvalidParam, ErrorCode::TniqValidation});
  table.push_back(std::move(details));

  auto loa =
      port_endpoint(services, http::Method::Post, "/groups/{spid}/loa",
                    "Make the group's letter of authorisation; it takes the place of earlier ones", make_loa);
  loa.step_up = true;
  loa.body_kind = BodyKind::Json;
  loa.body = {
      "PortLoa",
      {boolean("attestation").needed().says("Must be true."),
       object("authorizing_party", {text("company", 128), text("address", 256), text("contact", 128)}),
       object("losing_carrier", {text("name", 128), text("account_number", 64), text("btn", 32)}),
       object("signer", {text("name", 128), text("title", 128)})}};
  loa.answer = paper_schema();
  loa.status = 201;
  loa.errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::InvalidParam};
  table.push_back(std::move(loa));

  auto groups =
      port_endpoint(services, http::Method::Get, "/error-groups", "What is wrong, by kind", error_groups);
  groups.answer_kind = AnswerKind::List;
  groups.answer = {"PortErrorGroup",
                   {text("id"), text("error_code"), text("error_message"), integer("count"),
                    list("sample_tns", text("")), boolean("auto_fix_available"), text("suggested_action")}};
  table.push_back(std::move(groups));

  auto fix = port_endpoint(services, http::Method::Post, "/auto-fix",
                           "Mend what can be mended by rule, and check again", auto_fix);
  fix.body_kind = BodyKind::Json;
  fix.body = {"PortAutoFix",
              {text("error_group_id", 64).says("`id` of an error group; absent: all."),
               list("tns", text("", 8192), 10'000).says("Their groups; absent: all.")}};
  fix.errors.push_back(ErrorCode::ValidationError);
  table.push_back(std::move(fix));

  auto decision =
      port_endpoint(services, http::Method::Post, "/numbers/{tn}/decision",
                    "Say what the other carrier said, of a request that is ported by hand", decide_port);
  decision.scope = "stock:write";
  decision.operators_only = true;
  decision.body_kind = BodyKind::Json;
  decision.body = {"PortDecision",
                   {text("state")
                        .one_of({"FOC_RECEIVED", "PORT_CONFLICT", "CSR_MISMATCH", "PORT_EXCEPTION",
                                 "READY_FOR_ACTIVATION", "ACTIVATED", "CANCELLED", "FAILED"})
                        .needed(),
                    date("foc_date").says("Of FOC_RECEIVED."), text("reason", 512)}};
  decision.errors = {ErrorCode::NotFound, ErrorCode::Conflict};
  table.push_back(std::move(decision));
}

}  // namespace warp::api

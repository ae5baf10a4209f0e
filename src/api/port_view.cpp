#include "port_view.h"

#include <algorithm>

#include "formats.h"

namespace warp::api {
namespace {

constexpr std::uint32_t kMostTries = 5, kCooldownMinutes = 15;

std::vector<Field> request_fields() {
  return {uuid("id"),
          uuid("customer_id"),
          text("name"),
          text("status").one_of({"DRAFT", "VALIDATING", "VALIDATED", "SUBMITTED", "ERRORED", "CANCELLED",
                                 "COMPLETE", "PROCESSING"}),
          text("provider"),
          text("project_id").or_null(),
          date("desired_due_date").or_null(),
          integer("total_tns"),
          text("auto_activation_mode").one_of({"DISABLED", "ASAP", "SCHEDULED"}),
          instant("scheduled_activation_at").or_null(),
          instant("submitted_at").or_null(),
          text("created_by"),
          instant("created_at"),
          instant("updated_at")};
}

const char* described(std::string_view status) {
  if (status == "DRAFT") return "Numbers and details can be changed.";
  if (status == "VALIDATING") return "The numbers are being checked.";
  if (status == "VALIDATED") return "All numbers can be submitted.";
  if (status == "SUBMITTED") return "The other carriers have been asked.";
  if (status == "PROCESSING") return "Numbers are being activated.";
  if (status == "COMPLETE") return "Nothing is left to do.";
  if (status == "CANCELLED") return "All numbers were cancelled.";
  return "Something has to be mended; see the error groups.";
}

std::string titled(std::string text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] + 32);
  return text;
}

Json blocker(std::string reason) {
  return reason.empty() ? Json() : Json(std::move(reason));
}

// The details without what proves who one is.
Json shown_details(const domain::PortDocument& details) {
  Json out = Json::object();
  if (!details.is_object()) return out;
  for (const auto& [name, value] : details.items())
    if (name != "pin") out[name] = value;
  out["pin_set"] = details.contains("pin");
  return out;
}

Json side(const domain::PortDocument& facts, const char* name, std::string spid) {
  Json out = Json::object();
  if (facts.is_object() && facts.contains(name) && facts[name].is_object()) out = facts[name];
  if (!spid.empty()) out["spid"] = std::move(spid);
  return out;
}

}  // namespace

porting::State state_of(const store::PortNumberRow& row) {
  return porting::parse_state(row.number.state).value_or(porting::State::Draft);
}

PortCounts count(const store::PortView& view) {
  PortCounts out;
  for (const auto& row : view.numbers) {
    const auto state = state_of(row);
    ++out.total;
    out.valid += row.number.validation == "VALID";
    out.error += state == porting::State::ValidationError || porting::is_rejected(state);
    out.pending += state == porting::State::Draft || state == porting::State::Validating;
    out.submitted += porting::is_pending(state) || state == porting::State::Activated;
    out.activated += state == porting::State::Activated;
    out.cancelled += state == porting::State::Cancelled;
    out.failed += state == porting::State::Failed;
    out.activatable += state == porting::State::ReadyForActivation;
  }
  return out;
}

porting::Gate gate_of(const store::PortView& view) {
  std::vector<porting::GateGroup> groups;
  for (const auto& row : view.groups) {
    porting::GateGroup one;
    one.spid = row.group.spid;
    one.tn_count = static_cast<std::size_t>(std::count_if(
        view.numbers.begin(), view.numbers.end(),
        [&](const store::PortNumberRow& number) { return number.number.spid == row.group.spid; }));
    one.loa = porting::loa_status(row.group.on_net, row.changed_at, row.signed_at);
    groups.push_back(std::move(one));
  }
  std::vector<porting::State> states;
  for (const auto& row : view.numbers)
    states.push_back(state_of(row));
  return porting::judge(groups, states);
}

Json show_request(const store::PortRequest& request) {
  Json out;
  out["id"] = request.id.to_string();
  out["customer_id"] = request.customer.to_string();
  out["name"] = request.name;
  out["status"] = request.status;
  out["provider"] = request.provider;
  out["project_id"] = request.project_id.empty() ? Json() : Json(request.project_id);
  out["desired_due_date"] = value_or_null(request.due_date);
  out["total_tns"] = request.numbers;
  out["auto_activation_mode"] = request.activation_mode;
  out["scheduled_activation_at"] = timestamp(request.activate_at);
  out["submitted_at"] = timestamp(request.submitted_at);
  out["created_by"] = request.created_by;
  out["created_at"] = timestamp(request.created_at);
  out["updated_at"] = timestamp(request.updated_at);
  return out;
}

Json show_project(const store::PortView& view) {
  const auto& request = view.request;
  const auto counts = count(view);
  const auto gate = gate_of(view);
  const bool pending = std::any_of(view.numbers.begin(), view.numbers.end(), [](const auto& row) {
    return porting::step(state_of(row), porting::Event::Cancel).has_value();
  });
  const bool movable = std::any_of(view.numbers.begin(), view.numbers.end(), [](const auto& row) {
    return porting::step(state_of(row), porting::Event::Supplement).has_value();
  });
  Json out;
  out["id"] = request.project_id.empty() ? request.id.to_string() : request.project_id;
  out["name"] = request.name;
  out["customer_id"] = request.customer.to_string();
  out["status"] = request.status;
  out["total_tns"] = counts.total;
  out["valid_tns"] = counts.valid;
  out["error_tns"] = counts.error;
  out["validated_tns"] = counts.valid;
  out["submitted_tns"] = counts.submitted;
  out["activated_tns"] = counts.activated;
  out["cancelled_tns"] = counts.cancelled;
  out["completed_tns"] = counts.activated + counts.cancelled + counts.failed;
  out["derived_status"] = request.status;
  out["derived_status_display"] = titled(request.status);
  out["derived_status_description"] = described(request.status);
  out["can_submit"] = gate.reason.empty();
  out["can_activate"] = counts.activatable > 0;
  out["can_cancel"] = pending;
  out["can_update_due_date"] = movable;
  out["submit_blocker_reason"] = blocker(gate.reason);
  out["activate_blocker_reason"] = blocker(counts.activatable > 0 ? "" : "no_number_is_ready");
  out["desired_due_date"] = value_or_null(request.due_date);
  out["auto_activation_mode"] = request.activation_mode;
  out["scheduled_activation_at"] = timestamp(request.activate_at);
  out["last_auto_activation_attempt"] = timestamp(request.activation_tried);
  out["auto_activation_failure_count"] = request.activation_faults;
  out["created_by"] = request.created_by;
  out["created_at"] = timestamp(request.created_at);
  out["updated_at"] = timestamp(request.updated_at);
  return out;
}

Json show_number(const store::PortNumberRow& row, const store::PortRequest&) {
  const auto& number = row.number;
  const auto state = state_of(row);
  Json out;
  out["tn"] = shown_number(number.e164);
  const auto& facts = number.facts;
  for (const char* name : {"lata", "state", "locality", "rate_center", "npac_region"})
    out[name] = facts.is_object() && facts.contains(name) ? Json(facts[name]) : Json();
  out["current"] = side(facts, "current", number.spid);
  out["gaining"] = side(facts, "gaining", "");
  for (const char* name : {"soa_status", "lsr_status", "csr_status"})
    out[name] = facts.is_object() && facts.contains(name) ? Json(facts[name]) : Json("NONE");
  out["foc_date"] = number.foc_date.empty() ? Json() : Json(number.foc_date);
  out["lifecycle_state"] = number.state;
  out["lifecycle_state_display"] = porting::display(state);
  out["validation_status"] = number.validation;
  out["validation_errors"] = number.errors.is_array() ? Json(number.errors) : Json::array();
  const bool ready = state == porting::State::ReadyForActivation;
  out["can_activate"] = ready;
  out["activation_blocker"] = ready ? Json() : Json(porting::display(state));
  out["failure_reason"] = number.failure.empty() ? Json() : Json(number.failure);
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

Json show_groups(const store::PortView& view, bool with_numbers) {
  auto out = Json::array();
  for (const auto& row : view.groups) {
    Json group;
    group["spid"] = row.group.spid;
    group["carrier_name"] = row.group.carrier_name;
    group["on_net"] = row.group.on_net;
    auto numbers = Json::array();
    for (const auto& number : view.numbers)
      if (number.number.spid == row.group.spid) numbers.push_back(show_number(number, view.request));
    group["tn_count"] = numbers.size();
    group["details"] = shown_details(row.group.details);
    const auto status = porting::loa_status(row.group.on_net, row.changed_at, row.signed_at);
    group["loa"]["status"] = porting::to_string(status);
    group["loa"]["document_id"] = row.letter ? Json(row.letter->to_string()) : Json();
    if (with_numbers) group["tns"] = std::move(numbers);
    out.push_back(std::move(group));
  }
  return out;
}

Json show_port(const store::PortView& view) {
  Json out;
  out["request"] = show_request(view.request);
  out["project"] = show_project(view);
  out["groups"] = show_groups(view, true);
  return out;
}

Json show_statistics(const PortCounts& counts) {
  Json out;
  out["total"] = counts.total;
  out["valid"] = counts.valid;
  out["error"] = counts.error;
  out["submitted"] = counts.submitted;
  out["activated"] = counts.activated;
  out["cancelled"] = counts.cancelled;
  return out;
}

Json show_policy(const store::PortRequest& request, const store::PortView* view) {
  Json out;
  out["auto_activation_mode"] = request.activation_mode;
  out["scheduled_activation_at"] = timestamp(request.activate_at);
  out["last_auto_activation_attempt"] = timestamp(request.activation_tried);
  out["auto_activation_failure_count"] = request.activation_faults;
  out["max_retry_attempts"] = kMostTries;
  out["retry_cooldown_minutes"] = kCooldownMinutes;
  out["can_auto_activate"] = request.activation_mode != "DISABLED" &&
                             request.activation_faults < kMostTries &&
                             (!view || count(*view).activatable > 0);
  return out;
}

Json show_port_paper(const store::PortPaper& paper, bool for_operator) {
  const auto signer = parse_json(paper.signer).value_or(Json::object());
  Json out;
  out["id"] = paper.id.to_string();
  out["doc_type"] = paper.doc_type;
  out["file_name"] = paper.file_name;
  out["content_type"] = paper.content_type;
  out["size_bytes"] = paper.size;
  out["spid"] = value_or_null(paper.spid);
  out["generated"] = paper.generated;
  out["superseded"] = paper.superseded;
  out["uploaded_by"] = paper.uploaded_by;
  out["created_at"] = timestamp(paper.created_at);
  out["signer_name"] = value_or_null(take<std::string>(signer, "name"));
  out["signer_title"] = value_or_null(take<std::string>(signer, "title"));
  if (for_operator) out["signer_ip"] = value_or_null(take<std::string>(signer, "ip"));
  return out;
}

Schema request_schema(const char* name) {
  return {name, request_fields()};
}

Schema port_schema() {
  return {
      "PortRequestWhole",
      {object("request", request_fields()),
       free_object("project").says("The provider's view: counts, what can be done and why not."),
       list("groups", free_object("")).says("By losing carrier: SPID, letter of authorisation, numbers.")}};
}

Schema paper_schema() {
  return {"PortDocument",
          {uuid("id"), text("doc_type").one_of({"LOA", "BILL", "CSR", "OTHER"}), text("file_name"),
           text("content_type"), integer("size_bytes"), text("spid").or_null(), boolean("generated"),
           boolean("superseded"), text("uploaded_by"), instant("created_at"), text("signer_name").or_null(),
           text("signer_title").or_null(), text("signer_ip").or_null().says("Shown to operators alone.")}};
}

Schema policy_schema() {
  return {"AutoActivation",
          {text("auto_activation_mode").one_of({"DISABLED", "ASAP", "SCHEDULED"}),
           instant("scheduled_activation_at").or_null(), instant("last_auto_activation_attempt").or_null(),
           integer("auto_activation_failure_count"), integer("max_retry_attempts"),
           integer("retry_cooldown_minutes"), boolean("can_auto_activate")}};
}

std::vector<Field> statistics_fields() {
  return {integer("total"),     integer("valid"),     integer("error"),
          integer("submitted"), integer("activated"), integer("cancelled")};
}

}  // namespace warp::api

#include "record_view.h"

#include "warp/api/call_json.h"
#include "warp/base/text.h"
#include "warp/routing/decision.h"

#include "formats.h"
#include "shown_parts.h"

namespace warp::api {
namespace {

Json side(const std::optional<domain::PricedSide>& priced) {
  if (!priced) return {};
  Json out;
  put_priced_line(out, *priced);
  out["billed_seconds"] = priced->billed_seconds;
  out["amount"] = money(priced->amount);
  out["currency"] = priced->currency.view();
  put_extras(out, *priced);
  out["schedule_id"] = priced->schedule;
  return out;
}

Json end_of(const domain::DippedNumber& number) {
  Json out;
  out["lrn"] = number.lrn;
  out["spid"] = number.spid;
  out["dipped"] = number.dipped;
  out["ported"] = number.ported;
  put_place(out, number.place);
  return out;
}

Json numbers_of(const domain::CallRecord& record) {
  if (!record.numbers.made()) return {};
  const auto& numbers = record.numbers.read();
  Json out;
  out["caller"] = end_of(numbers.caller);
  out["called"] = end_of(numbers.called);
  out["routing_number"] = numbers.routing;
  out["rated_number"] = numbers.rated;
  out["caller_name"] = numbers.cnam;
  out["carrier_code"] = numbers.toll_free_cic;
  out["do_not_originate"] = numbers.do_not_originate;
  out["note"] = numbers.note;
  return out;
}

Json charge_of(const domain::Charge& charge) {
  if (charge.lease.is_nil() && charge.charged == Money{} && charge.reserved == Money{}) return {};
  Json out;
  out["amount"] = money(charge.charged);
  out["currency"] = charge.currency.view();
  out["fx_rate_e12"] = charge.fx_pico;
  out["reserved"] = money(charge.reserved);
  out["covered_seconds"] = charge.covered_seconds;
  out["cut_off"] = charge.cut_off;
  out["lease_id"] = charge.lease.is_nil() ? Json() : Json(charge.lease.to_string());
  return out;
}

// Codes of a newer release have no name here.
Json reason_name(std::uint16_t code) {
  const auto& known = domain::info(static_cast<domain::Reason>(code));
  return static_cast<std::uint16_t>(known.reason) == code ? Json(domain::to_string(known.reason)) : Json();
}

Json decision_of(const domain::CallRecord& record) {
  if (!record.decision.made()) return {};
  const auto& note = record.decision.read();
  Json out;
  out["considered"] = note.considered;
  out["rule"] = note.rule;
  out["rejected"] = Json::array();
  for (const auto& line : note.rejected) {
    Json row;
    row["provider_id"] = line.provider.is_nil() ? Json() : Json(line.provider.to_string());
    row["route_id"] = line.route.is_nil() ? Json() : Json(line.route.to_string());
    row["reason"] = reason_name(line.reason);
    row["reason_code"] = line.reason;
    out["rejected"].push_back(std::move(row));
  }
  return out;
}

Json attempt(const domain::RouteAttempt& tried) {
  Json out;
  out["provider_id"] = tried.provider.is_nil() ? Json() : Json(tried.provider.to_string());
  out["route_id"] = tried.route.is_nil() ? Json() : Json(tried.route.to_string());
  out["address"] = tried.address;
  out["sip_code"] = tried.sip_status;
  out["reason"] = domain::to_string(tried.reason);
  out["elapsed_ms"] = tried.elapsed_ms;
  return out;
}

void put_operator_part(Json& out, const domain::CallRecord& record) {
  out["provider_id"] = record.provider.is_nil() ? Json() : Json(record.provider.to_string());
  out["source_address"] = record.source_address;
  out["far_sip_call_id"] = record.far_sip_call_id;
  out["customer_side"] = side(record.price);
  out["provider_side"] = side(record.cost);
  out["margin"] = record.margin ? money(*record.margin) : Json();
  out["cost_base"] = record.cost_base ? money(*record.cost_base) : Json();
  out["numbers"] = numbers_of(record);
  out["decision"] = decision_of(record);
  out["caller_media"] = to_json(record.caller_media);
  out["callee_media"] = to_json(record.callee_media);
  out["attempts"] = Json::array();
  for (const auto& tried : record.attempts)
    out["attempts"].push_back(attempt(tried));
  out["facts"] = Json::object();
  domain::each_fact(record.facts.read(), [&]<class T>(const char* name, const T& value) {
    if (value != T{}) out["facts"][name] = value;
  });
}

std::uint64_t whole_seconds(std::uint64_t duration_us) {
  return (duration_us + 999'999) / 1'000'000;
}

Failure bad_date(std::string message, const char* name) {
  Failure failure{ErrorCode::InvalidDate, std::move(message)};
  failure.details["param"] = name;
  return failure;
}

WallTime day(const std::string& date) {
  return *parse_timestamp(date + "T00:00:00Z");
}

}  // namespace

Outcome<std::string> number_filter(const Json& query, const char* name) {
  auto wanted = take<std::string>(query, name).value_or("");
  if (wanted.empty()) return wanted;
  if (wanted.ends_with('*')) {
    wanted.pop_back();
    if (wanted.starts_with('+')) wanted.erase(0, 1);
    if (is_prefix(wanted)) return wanted + "*";
  } else if (auto digits = routing::normalise(wanted)) {
    return std::move(*digits);
  }
  Failure failure{ErrorCode::InvalidParam, "A number, or digits followed by *."};
  failure.details["param"] = name;
  return failure;
}

Json show_record(const domain::CallRecord& record, bool for_operator) {
  Json out;
  out["id"] = record.id.to_string();
  out["call_id"] = record.call.to_string();
  if (for_operator)
    out["customer_id"] = record.customer.is_nil() ? Json() : Json(record.customer.to_string());
  out["trunk_id"] = record.trunk.is_nil() ? Json() : Json(record.trunk.to_string());
  out["direction"] = domain::to_string(record.direction);
  out["ani"] = record.ani;
  out["dni"] = record.dni;
  out["start_time"] = timestamp(record.setup_at);
  out["answer_time"] = timestamp(record.answered_at);
  out["end_time"] = timestamp(record.ended_at);
  out["duration_seconds"] = whole_seconds(record.duration_us);
  out["billable_seconds"] = record.price ? record.price->billed_seconds : 0;
  out["disposition"] = domain::to_string(record.disposition);
  out["sip_code"] = record.sip_status;
  out["q850_cause"] = record.q850;
  out["reason"] = domain::to_string(record.reason);
  out["reason_code"] = static_cast<unsigned>(record.reason);
  out["release_side"] = domain::to_string(record.release_side);
  out["pdd_ms"] = value_or_null(record.pdd_ms);
  out["sip_call_id"] = record.sip_call_id;
  out["rate"] = record.price ? money(record.price->per_minute) : Json();
  out["cost"] = record.price ? money(record.price->amount) : Json();
  out["currency"] = record.price ? Json(record.price->currency.view()) : Json();
  out["jurisdiction"] =
      record.numbers.made() ? Json(domain::to_string(record.numbers->jurisdiction)) : Json();
  out["ban"] = record.ban.empty() ? Json() : Json(record.ban);
  out["charge"] = charge_of(record.charge);
  if (for_operator) put_operator_part(out, record);
  return out;
}

Schema record_schema() {
  return {"CallRecord",
          {uuid("id"),
           uuid("call_id"),
           uuid("customer_id").or_null().says("Operators only, like all from `provider_id` on."),
           uuid("trunk_id").or_null(),
           text("direction").one_of({"inbound", "outbound"}),
           text("ani"),
           text("dni"),
           instant("start_time"),
           instant("answer_time").or_null(),
           instant("end_time"),
           integer("duration_seconds"),
           integer("billable_seconds"),
           text("disposition").one_of({"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CANCELLED"}),
           integer("sip_code"),
           integer("q850_cause"),
           text("reason"),
           integer("reason_code"),
           text("release_side").one_of({"caller", "callee", "platform"}),
           integer("pdd_ms").or_null(),
           text("sip_call_id"),
           amount("rate").or_null(),
           amount("cost").or_null(),
           text("currency").or_null(),
           text("jurisdiction").or_null().says("Of both ends, when they were looked up."),
           text("ban").or_null().says("Billing account that pays for it."),
           free_object("charge").or_null().says("What the balance was charged, and what was held for it."),
           uuid("provider_id").or_null(),
           text("source_address"),
           text("far_sip_call_id"),
           free_object("customer_side").or_null(),
           free_object("provider_side").or_null(),
           amount("margin").or_null(),
           amount("cost_base").or_null().says("Provider's side in the base currency."),
           free_object("numbers").or_null().says("What was looked up of both ends."),
           free_object("decision").or_null().says("Why it went where it went."),
           free_object("caller_media").says("Figures of the caller's media: docs/media/quality.md."),
           free_object("callee_media"),
           list("attempts", free_object("")),
           free_object("facts").says("What else applies: transports, attestation, credential, …")}};
}

std::string csv_header() {
  return "id,call_id,trunk_id,direction,ani,dni,start_time,answer_time,end_time,duration_seconds,"
         "billable_seconds,disposition,sip_code,q850_cause,reason,rate,cost,currency\r\n";
}

std::string csv_field(std::string_view text) {
  std::string out;
  // OWASP's list of what begins a formula; the numbers that callers send may begin with '+' in earnest, and
  // keep their digits behind the apostrophe.
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out = "'";
  out += text;
  if (out.find_first_of(",\"\r\n;") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const domain::CallRecord& record) {
  const auto at = [](const std::optional<WallTime>& when) { return when ? timestamp(*when) : std::string(); };
  const auto& price = record.price;
  std::string line;
  const auto put = [&line](std::string_view field) {
    line += field;
    line += ',';
  };
  put(record.id.to_string());
  put(record.call.to_string());
  put(record.trunk.is_nil() ? "" : record.trunk.to_string());
  put(domain::to_string(record.direction));
  put(csv_field(record.ani));
  put(csv_field(record.dni));
  put(timestamp(record.setup_at));
  put(at(record.answered_at));
  put(timestamp(record.ended_at));
  put(std::to_string(whole_seconds(record.duration_us)));
  put(std::to_string(price ? price->billed_seconds : 0));
  put(domain::to_string(record.disposition));
  put(std::to_string(record.sip_status));
  put(std::to_string(record.q850));
  put(domain::to_string(record.reason));
  put(price ? price->per_minute.to_string() : "");
  put(price ? price->amount.to_string() : "");
  line += price ? price->currency.view() : std::string_view();
  line += "\r\n";
  return line;
}

std::vector<Field> range_fields() {
  constexpr std::int64_t kDay = 14 * 60;
  return {date("start_date").says("Default: 6 days before end_date."),
          date("end_date").says("Inclusive. Default: today."),
          integer("tz_offset_minutes", -kDay, kDay).says("Minutes added to local time to get UTC.")};
}

std::vector<Field> filter_fields() {
  auto fields = range_fields();
  fields.push_back(text("direction").one_of({"inbound", "outbound"}));
  fields.push_back(text("disposition").one_of({"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CANCELLED"}));
  fields.push_back(text("ani", 32).says("Calling number; a prefix with a trailing `*`."));
  fields.push_back(text("dni", 32).says("Called number; a prefix with a trailing `*`."));
  fields.push_back(uuid("trunk_id"));
  return fields;
}

Outcome<RecordRange> read_range(const Json& query, WallTime now) {
  const std::chrono::minutes offset(take<int>(query, "tz_offset_minutes").value_or(0));
  const auto today = std::chrono::floor<std::chrono::days>(now - offset);
  const auto end = take<std::string>(query, "end_date");
  const auto start = take<std::string>(query, "start_date");
  const WallTime last = end ? day(*end) : WallTime(today);
  const WallTime first = start ? day(*start) : WallTime(last - std::chrono::days(6));
  if (last < first) return bad_date("The end lies before the start.", "end_date");
  RecordRange range;
  range.from = first + offset;
  range.to = last + std::chrono::days(1) + offset;
  range.offset_minutes = static_cast<int>(offset.count());
  return range;
}

Outcome<store::RecordFilter> read_filter(const Call& call, WallTime now) {
  const auto range = read_range(call.query, now);
  if (!range) return range.error();
  store::RecordFilter filter;
  filter.from = range->from;
  filter.to = range->to;
  filter.customer = call.customer();
  if (const auto trunk = take<std::string>(call.query, "trunk_id")) filter.trunk = TrunkId::parse(*trunk);
  if (const auto direction = take<std::string>(call.query, "direction"))
    filter.direction = *direction == "inbound" ? domain::Direction::Inbound : domain::Direction::Outbound;
  filter.disposition = take<std::string>(call.query, "disposition");
  const auto ani = number_filter(call.query, "ani");
  if (!ani) return ani.error();
  const auto dni = number_filter(call.query, "dni");
  if (!dni) return dni.error();
  filter.ani = *ani;
  filter.dni = *dni;
  return filter;
}

}  // namespace warp::api

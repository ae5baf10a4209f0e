#include "record_columns.h"

#include "column_values.h"
#include "record_attempts.h"
#include "record_facts.h"
#include "record_notes.h"
#include "record_quality.h"

namespace warp::store {
namespace {

using columns::get_value;
using columns::put_value;
using domain::CallRecord;
using domain::Charge;
using domain::LegMedia;
using domain::PricedSide;
using pg::RowReader;

template <auto Member>
RecordColumn record_column(std::string name, std::string type) {
  return {std::move(name), std::move(type),
          [](ArrayText& out, const CallRecord& record) { put_value(out, record.*Member); },
          [](RowReader& row, CallRecord& record) { get_value(row, record.*Member); }};
}

// A side that was not priced is NULL in all its columns; the first one read decides whether there is one.
template <auto Side, auto Member>
RecordColumn priced_side(const char* side, const char* name, std::string type) {
  return {std::string(side) + name, std::move(type),
          [](ArrayText& out, const CallRecord& record) {
            const auto& priced = record.*Side;
            priced ? put_value(out, (*priced).*Member) : out.null();
          },
          [](RowReader& row, CallRecord& record) {
            if (row.peek_null()) return row.skip();
            auto& priced = record.*Side;
            if (!priced) priced.emplace();
            get_value(row, (*priced).*Member);
          }};
}

template <auto Side>
void add_priced_side(std::vector<RecordColumn>& out, const char* side) {
  out.push_back(priced_side<Side, &PricedSide::amount>(side, "_nanos", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::currency>(side, "_currency", "text"));
  out.push_back(priced_side<Side, &PricedSide::plan>(side, "_plan_id", "uuid"));
  out.push_back(priced_side<Side, &PricedSide::plan_version>(side, "_plan_version", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::prefix>(side, "_prefix", "text"));
  out.push_back(priced_side<Side, &PricedSide::per_minute>(side, "_per_minute_nanos", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::setup_fee>(side, "_setup_fee_nanos", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::initial_increment>(side, "_initial_increment", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::increment>(side, "_increment", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::minimum_seconds>(side, "_minimum_seconds", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::billed_seconds>(side, "_billed_seconds", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::rounding>(side, "_rounding", "text"));
  out.push_back(priced_side<Side, &PricedSide::decimals>(side, "_decimals", "smallint"));
  out.push_back(priced_side<Side, &PricedSide::jurisdiction>(side, "_jurisdiction", "text"));
  out.push_back(priced_side<Side, &PricedSide::attempt_fee>(side, "_attempt_fee_nanos", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::surcharge>(side, "_surcharge_nanos", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::free_seconds>(side, "_free_seconds", "bigint"));
  out.push_back(priced_side<Side, &PricedSide::schedule>(side, "_schedule", "integer"));
}

// The charge of a call that costs nobody anything, and holds nothing, is NULL in all its columns.
bool has_charge(const CallRecord& record) {
  const auto& charge = record.charge;
  if (record.customer.is_nil()) return false;
  return !charge.lease.is_nil() || charge.charged != Money{} || charge.reserved != Money{};
}

template <auto Member>
RecordColumn of_charge(const char* name, std::string type) {
  return {name, std::move(type),
          [](ArrayText& out, const CallRecord& record) {
            has_charge(record) ? put_value(out, record.charge.*Member) : out.null();
          },
          [](RowReader& row, CallRecord& record) {
            if (row.peek_null()) return row.skip();
            get_value(row, record.charge.*Member);
          }};
}

void add_charge(std::vector<RecordColumn>& out) {
  out.push_back(of_charge<&Charge::lease>("charge_lease", "uuid"));
  out.push_back(of_charge<&Charge::charged>("charge_nanos", "bigint"));
  out.push_back(of_charge<&Charge::currency>("charge_currency", "text"));
  out.push_back(of_charge<&Charge::reserved>("charge_reserved_nanos", "bigint"));
  out.push_back(of_charge<&Charge::fx_pico>("charge_fx_pico", "bigint"));
  out.push_back(of_charge<&Charge::covered_seconds>("covered_seconds", "bigint"));
  out.push_back({"cut_off", "boolean",
                 [](ArrayText& out, const CallRecord& record) { put_value(out, record.charge.cut_off); },
                 [](RowReader& row, CallRecord& record) { get_value(row, record.charge.cut_off); }});
}

template <auto Leg, auto Member>
RecordColumn of_leg(const char* leg, const char* name, std::string type) {
  return {std::string(leg) + name, std::move(type),
          [](ArrayText& out, const CallRecord& record) { put_value(out, (record.*Leg).*Member); },
          [](RowReader& row, CallRecord& record) { get_value(row, (record.*Leg).*Member); }};
}

template <auto Leg>
void add_leg(std::vector<RecordColumn>& out, const char* leg) {
  out.push_back(of_leg<Leg, &LegMedia::codec>(leg, "_codec", "text"));
  out.push_back(of_leg<Leg, &LegMedia::packets_received>(leg, "_packets_received", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::octets_received>(leg, "_octets_received", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::packets_sent>(leg, "_packets_sent", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::octets_sent>(leg, "_octets_sent", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::packets_lost>(leg, "_packets_lost", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::jitter_us>(leg, "_jitter_us", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::rtt_us>(leg, "_rtt_us", "bigint"));
  out.push_back(of_leg<Leg, &LegMedia::remote_loss_percent>(leg, "_remote_loss_percent", "smallint"));
  out.push_back(of_leg<Leg, &LegMedia::mos_e2>(leg, "_mos_e2", "smallint"));
  out.push_back(
      {std::string(leg) + "_quality", "jsonb",
       [](ArrayText& text, const CallRecord& record) { text.quoted(quality_to_json((record.*Leg).quality)); },
       [](RowReader& row, CallRecord& record) {
         if (!quality_from_json(row.next<std::string_view>(), (record.*Leg).quality)) row.fail();
       }});
}

std::vector<RecordColumn> make_record_columns() {
  std::vector<RecordColumn> out{
      record_column<&CallRecord::id>("id", "uuid"),
      record_column<&CallRecord::setup_at>("setup_at", "timestamptz"),
      record_column<&CallRecord::call>("call_id", "uuid"),
      record_column<&CallRecord::customer>("customer_id", "uuid"),
      record_column<&CallRecord::trunk>("trunk_id", "uuid"),
      record_column<&CallRecord::provider>("provider_id", "uuid"),
      record_column<&CallRecord::direction>("direction", "text"),
      record_column<&CallRecord::sip_call_id>("sip_call_id", "text"),
      record_column<&CallRecord::far_sip_call_id>("far_sip_call_id", "text"),
      record_column<&CallRecord::source_address>("source_address", "text"),
      record_column<&CallRecord::ani>("ani", "text"),
      record_column<&CallRecord::dni>("dni", "text"),
      record_column<&CallRecord::ani_e164>("ani_e164", "text"),
      record_column<&CallRecord::dni_e164>("dni_e164", "text"),
      record_column<&CallRecord::ringing_at>("ringing_at", "timestamptz"),
      record_column<&CallRecord::answered_at>("answered_at", "timestamptz"),
      record_column<&CallRecord::ended_at>("ended_at", "timestamptz"),
      record_column<&CallRecord::duration_us>("duration_us", "bigint"),
      record_column<&CallRecord::pdd_ms>("pdd_ms", "bigint"),
      record_column<&CallRecord::disposition>("disposition", "text"),
      record_column<&CallRecord::reason>("reason", "text"),
      {"reason_code", "integer",
       [](ArrayText& out, const CallRecord& record) { out.number(static_cast<unsigned>(record.reason)); },
       [](RowReader& row, CallRecord&) { row.skip(); }},
      record_column<&CallRecord::sip_status>("sip_status", "integer"),
      record_column<&CallRecord::q850>("q850", "smallint"),
      record_column<&CallRecord::release_side>("release_side", "text"),
      record_column<&CallRecord::margin>("margin_nanos", "bigint"),
      {"attempts", "jsonb",
       [](ArrayText& out, const CallRecord& record) { out.quoted(attempts_to_json(record.attempts)); },
       [](RowReader& row, CallRecord& record) {
         if (!attempts_from_json(row.next<std::string_view>(), record.attempts)) row.fail();
       }},
      {"facts", "jsonb",
       [](ArrayText& out, const CallRecord& record) { out.quoted(facts_to_json(record.facts)); },
       [](RowReader& row, CallRecord& record) {
         if (!facts_from_json(row.next<std::string_view>(), record.facts)) row.fail();
       }},
      {"numbers", "jsonb",
       [](ArrayText& out, const CallRecord& record) { out.quoted(numbers_to_json(record.numbers)); },
       [](RowReader& row, CallRecord& record) {
         if (!numbers_from_json(row.next<std::string_view>(), record.numbers)) row.fail();
       }},
      {"decision", "jsonb",
       [](ArrayText& out, const CallRecord& record) { out.quoted(decision_to_json(record.decision)); },
       [](RowReader& row, CallRecord& record) {
         if (!decision_from_json(row.next<std::string_view>(), record.decision)) row.fail();
       }},
      {"jurisdiction", "text",
       [](ArrayText& out, const CallRecord& record) {
         record.numbers.made() ? out.quoted(to_string(record.numbers->jurisdiction)) : out.null();
       },
       [](RowReader& row, CallRecord&) { row.skip(); }},
      record_column<&CallRecord::cost_base>("cost_base_nanos", "bigint"),
      {"ban", "text",
       [](ArrayText& out, const CallRecord& record) {
         record.ban.empty() ? out.null() : out.text(record.ban);
       },
       [](RowReader& row, CallRecord& record) {
         record.ban = row.next<std::optional<std::string>>().value_or("");
       }}};
  add_charge(out);
  add_priced_side<&CallRecord::price>(out, "price");
  add_priced_side<&CallRecord::cost>(out, "cost");
  add_leg<&CallRecord::caller_media>(out, "caller");
  add_leg<&CallRecord::callee_media>(out, "callee");
  return out;
}

}  // namespace

std::span<const RecordColumn> record_columns() {
  static const auto columns = make_record_columns();
  return columns;
}

const std::string& record_column_list() {
  static const auto list = [] {
    std::string names;
    for (const auto& column : record_columns())
      names += (names.empty() ? "" : ", ") + column.name;
    return names;
  }();
  return list;
}

void read_record(RowReader& row, CallRecord& out) {
  for (const auto& column : record_columns())
    column.get(row, out);
}

}  // namespace warp::store

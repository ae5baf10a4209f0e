#include "warp/numbering/table.h"

#include "plan.h"

namespace warp::numbering {
namespace {

using domain::Jurisdiction;

// Shorter ones are local digits that nobody made international.
constexpr std::size_t kShortestCaller = 8;

domain::DippedNumber dipped(const Table* table, const std::string& number,
                            const std::optional<std::string>& lrn, const std::string& spid) {
  domain::DippedNumber out;
  out.dipped = lrn.has_value();
  out.lrn = lrn.value_or(std::string());
  out.spid = spid;
  out.ported = lrn && *lrn != number;
  if (table != nullptr) out.place = table->describe(table->place(lrn ? *lrn : number));
  return out;
}

const std::string& routing_number(const domain::DippedNumber& end, const std::string& number) {
  return end.dipped ? end.lrn : number;
}

void add_note(std::string& note, std::string_view more) {
  if (more.empty()) return;
  if (!note.empty()) note += "; ";
  note += more;
}

bool unusable(const domain::DippedNumber& end, const std::string& number) {
  return number.size() < kShortestCaller || end.place.country.empty() ||
         (end.place.country == "US" && end.place.state.empty());
}

// One number of North America and one of elsewhere: no table is needed to tell.
bool between_zones(std::string_view caller, std::string_view called) {
  return caller.size() >= kShortestCaller && called.size() >= kShortestCaller &&
         is_nanp(caller) != is_nanp(called) && caller[0] != called[0];
}

}  // namespace

Jurisdiction jurisdiction(const Table& table, std::string_view caller, std::string_view called) {
  if (is_toll_free(called)) return Jurisdiction::TollFree;
  if (caller.size() < kShortestCaller) return Jurisdiction::Unknown;
  const Place& from = table.place(caller);
  const Place& to = table.place(called);
  if (from.country == 0 || to.country == 0) return Jurisdiction::Unknown;
  if (from.country != to.country) return Jurisdiction::International;
  if (table.local(from, to)) return Jurisdiction::Local;
  const bool domestic = from.country == kUnitedStates;
  if (from.state == 0 || to.state == 0) return domestic ? Jurisdiction::Unknown : Jurisdiction::International;
  if (from.state == to.state)
    return from.lata != 0 && from.lata == to.lata ? Jurisdiction::IntraLata : Jurisdiction::Intrastate;
  return domestic ? Jurisdiction::Interstate : Jurisdiction::International;
}

domain::CallNumbers resolve(const Table* table, const domain::LookupRequest& asked,
                            const domain::LookupAnswer& answer) {
  domain::CallNumbers out;
  out.caller = dipped(table, asked.ani, answer.ani_lrn, answer.ani_spid);
  out.called = dipped(table, asked.dni, answer.dni_lrn, answer.dni_spid);
  out.cnam = answer.cnam;
  out.toll_free_cic = answer.cic;
  out.do_not_originate = answer.do_not_originate;
  out.note = answer.note;
  if (out.called.ported) out.routing = out.called.lrn;
  if (table == nullptr) {
    if (!is_toll_free(asked.dni) && between_zones(asked.ani, asked.dni))
      out.jurisdiction = Jurisdiction::International;
    return out;
  }
  const auto& from = routing_number(out.caller, asked.ani);
  out.jurisdiction = jurisdiction(*table, from, routing_number(out.called, asked.dni));
  const bool blind = unusable(out.caller, from);
  if (out.jurisdiction == Jurisdiction::TollFree && !blind) out.rated = from;
  if (out.jurisdiction == Jurisdiction::TollFree || out.jurisdiction == Jurisdiction::Unknown) {
    if (blind)
      add_note(out.note, "ANI unusable");
    else if (out.jurisdiction == Jurisdiction::Unknown)
      add_note(out.note, "called number has no place");
  }
  return out;
}

}  // namespace warp::numbering

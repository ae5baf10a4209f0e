#include "charge.h"

#include <algorithm>

namespace warp::calls {

bool hold_for_charge(Context&, Call&) {
  return false;
}

void charge_answered(Context&, Call&) {}

void charge_ended(Context&, Call&) {}

void charge_orphan(Context&, domain::CallRecord&) {}

std::chrono::microseconds chargeable(const domain::Charge& charge, std::chrono::microseconds lasted) {
  if (charge.covered_seconds == 0) return lasted;
  return std::min(lasted, std::chrono::microseconds(std::chrono::seconds(charge.covered_seconds)));
}

void charge_saved(domain::TextFieldWriter& out, const Call& call) {
  out.text(call.hold.lease.value.to_string());
  out.number(call.hold.reserved.nanos());
  out.number(call.hold.covered.count());
  out.flag(call.hold.unlimited);
}

domain::Hold charge_restored(domain::TextFieldReader& in) {
  domain::Hold hold;
  hold.lease = domain::LeaseId::parse(in.text()).value_or(domain::LeaseId{});
  hold.reserved = Money::from_nanos(in.number<std::int64_t>());
  hold.covered = std::chrono::seconds(in.number<std::int64_t>());
  hold.unlimited = in.flag();
  return hold;
}

}  // namespace warp::calls

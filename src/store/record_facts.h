// Facts of a record as the JSON object that records.cdrs keeps: those that apply.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/boxed.h"
#include "warp/domain/call_facts.h"

namespace warp::store {

std::string facts_to_json(const Boxed<domain::CallFacts>& facts);
// Facts that a newer daemon wrote and this one does not know are passed over. False: no object, or a value of
// another type.
bool facts_from_json(std::string_view text, Boxed<domain::CallFacts>& out);

}  // namespace warp::store

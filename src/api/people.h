// People: what members of a customer and users of the operators have in common.
#pragma once

#include "warp/store/members.h"

#include "services.h"

namespace warp::api {

std::vector<Field> person_fields();
Json show_member(const store::Member& member);

// What a person may not do to itself.
Failure not_oneself();

// What this node remembers of sessions goes once the change holds; other nodes hear of it from the database.
void forget_sessions(Services& services, const Call& call);

Field email_field();

// A new user with an invitation, which is mailed; without a mail server its code is in the answer, once and
// for operators alone. `schema` of the answer: person_fields() and `invitation`.
Field invitation_field();
Answer invite(Services& services, Call call, store::NewMember wanted);

}  // namespace warp::api

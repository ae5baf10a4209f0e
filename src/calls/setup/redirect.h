// Redirect: what a 3xx of a far end means, by the provisional policy of its side.
//
// next_route: a failure of that endpoint. refuse: the call ends with REDIRECT_REFUSED. follow: its Contacts
// are tried in the order of their q before the next candidate is, at the same price and cost; each place once
// a call, at most `most_redirects` of them. sip: and sips: lead to their host, a name by the DNS; tel: to the
// same endpoint with another number; others are left out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "attempts.h"
#include "call.h"
#include "context.h"
#include "targets.h"

namespace warp::calls {

// A place that a 3xx names.
struct RedirectTarget {
  std::string called;  // user part
  std::string host;    // and port, for the Request-URI
  sip::Flow flow;      // not yet when there is a name
  std::optional<sip::Destination> name;
  const routing::Candidate* candidate = nullptr;  // whose endpoint said it
  bool another = false;                           // address of a Contact that was counted already
};

struct Redirects {
  std::deque<RedirectTarget> next;
  std::vector<std::string> seen;  // places tried, or waiting
  std::uint32_t followed = 0;
};

// A 3xx of the attempt that runs: keeps where to go, and says in `failure` when the call ends with it.
void note_redirect(Context& context, Call& call, const sip::Message& response, Failure& failure);
// The next place to try. Waiting: try_next() is called again when its name is located.
Pick next_redirect(Context& context, Call& call, RedirectTarget& place);

}  // namespace warp::calls

// Redirect: what a 3xx of a far end means, by the provisional policy of its side.
//
// next_route: a failure of that endpoint. refuse: the call ends with REDIRECT_REFUSED. follow: its Contacts
// are tried in the order of their q before the next candidate is, at the same price and cost; each place once
// a call, at most `most_redirects` of them. Only sip: and sips: with a numeric address, and tel: (the same
// endpoint, another number); others are left out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "../attempts.h"
#include "../call.h"
#include "../context.h"

namespace warp::calls {

// A place that a 3xx names.
struct RedirectTarget {
  std::string called;  // user part
  sip::Flow flow;
  const routing::Candidate* candidate = nullptr;  // whose endpoint said it
};

struct Redirects {
  std::deque<RedirectTarget> next;
  std::vector<std::string> seen;  // places tried, or waiting
  std::uint32_t followed = 0;
};

// A 3xx of the attempt that runs: keeps where to go, and says in `failure` when the call ends with it.
void note_redirect(Context& context, Call& call, const sip::Message& response, Failure& failure);
// The next place to try, if any is left.
std::optional<RedirectTarget> take_redirect(Context& context, Call& call);

}  // namespace warp::calls

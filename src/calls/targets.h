// Targets: from the candidates of a call to the addresses that are tried, one after the other.
//
// A numeric endpoint is one target and is taken at once, without an allocation. A name is located (RFC 3263)
// and gives its targets in the DNS's order, each an attempt of its own within the partition's max_attempts;
// when the DNS must be asked, the call waits for it by its number and goes on when the answer or the deadline
// comes. Each target is admitted by its health, and what became of it is reported. After a failure, what the
// operator has disabled since the call began is not tried any more.
#pragma once

#include <string>

#include "warp/domain/target_health.h"
#include "warp/sip/transport/locator.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

enum class Pick : std::uint8_t {
  Taken,    // setup.aim is the target to try now
  Waiting,  // the call goes on when its name is located
  None,     // all are used up
};
Pick next_target(Context& context, Call& call);

// How the transport names it.
sip::Target target_of(const Setup& setup);
// Host and port that stand in the Request-URI and in To: the name where there is one. Of setup.attempt, whose
// flow is known.
std::string uri_host(const Setup& setup);
// For the record: the address of a target that was not tried.
std::string aim_text(const Setup& setup);

// Addresses that a name, or a peer's word, must not lead a call to: multicast, and for a customer this
// machine itself.
bool is_forbidden(const domain::IpAddress& ip, bool of_customer);
const sip::Reach& reach_of(Context& context);

// May it be called now? True makes the outcome owed.
bool admit_target(Context& context, Call& call);
// Tells the outcome, if it is owed still.
void report_target(Context& context, Call& call, domain::TargetHealth::Outcome outcome);
// The attempt ends without a final answer of the far end, for another reason than its silence.
void report_dropped(Context& context, Call& call);

// Is a final answer, or the silence of status 0, one after which the next target is tried? And does it speak
// against the target's health?
bool fails_over(const Setup& setup, std::uint16_t status);

}  // namespace warp::calls

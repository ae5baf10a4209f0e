#include "warp/domain/policy/session.h"

#include <array>

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kTimer{"off", "accept", "offer"};
constexpr std::array<std::string_view, 2> kTransfer{"refuse", "execute"};

}  // namespace

void describe(SessionPolicy& p, PolicyFields& fields) {
  fields.choice("timer", p.timer, kTimer, "Session timers (RFC 4028) on this side.");
  fields.seconds("session_expires", p.session_expires, 90, 86'400, "Interval that we ask for.");
  fields.seconds("min_se", p.min_se, 90, 86'400, "A shorter wish gets 422.");
  fields.choice("transfer", p.transfer, kTransfer, "What REFER and INVITE with Replaces of this side get.");
  fields.list("info_types", p.info_types, 16, "Bodies of INFO that go through.");
  fields.flag("message", p.message, "MESSAGE within a call goes through.");
  fields.flag("options_within", p.options_within, "OPTIONS within a call is answered here.");
}

}  // namespace warp::domain

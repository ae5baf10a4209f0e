#include "ctl/commands.h"

namespace warp::ctl {

void add_billing(CLI::App&, Session&) {}

}  // namespace warp::ctl

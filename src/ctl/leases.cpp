#include "ctl/commands.h"

namespace warp::ctl {

void add_leases(CLI::App&, Session&) {}

}  // namespace warp::ctl

#include "ctl/commands.h"

namespace warp::ctl {

void add_route(CLI::App&, Session&) {}

}  // namespace warp::ctl

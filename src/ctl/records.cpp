#include "ctl/commands.h"

namespace warp::ctl {

void add_records(CLI::App&, Session&) {}

}  // namespace warp::ctl

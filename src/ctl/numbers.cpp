#include "ctl/commands.h"

namespace warp::ctl {

void add_numbers(CLI::App&, Session&) {}

}  // namespace warp::ctl

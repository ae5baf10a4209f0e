#include "ctl/commands.h"

namespace warp::ctl {

void add_deck(CLI::App&, Session&) {}

}  // namespace warp::ctl

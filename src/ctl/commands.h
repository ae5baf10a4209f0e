// The command families of warpctl, one file each. What a command does is its callback; it may throw Refused.
#pragma once

#include <CLI/CLI.hpp>

#include "ctl/session.h"

namespace warp::ctl {

void add_request(CLI::App& app, Session& session);
void add_route(CLI::App& app, Session& session);
void add_deck(CLI::App& app, Session& session);
void add_billing(CLI::App& app, Session& session);
void add_records(CLI::App& app, Session& session);
void add_leases(CLI::App& app, Session& session);
void add_numbers(CLI::App& app, Session& session);

}  // namespace warp::ctl

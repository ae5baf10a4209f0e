// The command families of warpctl, one file each. What a command does is its callback; it may throw Refused
// and WrongUse.
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
void add_login(CLI::App& app, Session& session);
void add_calls(CLI::App& app, Session& session);  // calls, trace
void add_watch(CLI::App& app, Session& session);  // tail, webhooks listen
void add_top(CLI::App& app, Session& session);
// Last: what the others did not name.
void add_operations(CLI::App& app, Session& session);

// Scripts for shells, the page for man, and what may follow after some words.
void add_completion(CLI::App& app);
std::string completions_of(const CLI::App& app, const std::vector<std::string>& words);
std::string man_page(const CLI::App& app);

}  // namespace warp::ctl

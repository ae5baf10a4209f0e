// What becomes of a recording's file at its end, and of what a killed process left. Reads and syncs the disk:
// not of the writer's thread.
#pragma once

#include <vector>

#include "session.h"

namespace warp::recording {

// Synced, hashed, its facts written, and then under its own name. A disk that fails makes the cause
// DiskFailed.
Finished finish(const Place& place, Session::Ended ended);

// What lies in the folder and waits for adoption: stems, below the folder.
std::vector<std::filesystem::path> orphans_in(const std::filesystem::path& folder);
// nullopt: it cannot be read, or not with this key; it stays as it is.
std::optional<Finished> adopt_orphan(const Place& place, const std::filesystem::path& stem);

// Octets of all files below.
std::uint64_t octets_in(const std::filesystem::path& folder);

}  // namespace warp::recording

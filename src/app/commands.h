// What warpd's subcommands do. Each answers the process's exit status: 0 done, 1 refused or failed (said on
// stderr).
#pragma once

#include <string>

namespace warp::app {

int run(const std::string& config_file);
int check_config(const std::string& config_file);
int migrate(const std::string& config_file);
// What was recorded, into a new file.
int decrypt_recording(const std::string& file, const std::string& key_file, const std::string& out);

}  // namespace warp::app

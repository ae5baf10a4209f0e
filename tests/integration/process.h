// A child process that dies with this one.
#pragma once

#include <string>
#include <vector>

namespace warp::test {

// Runs `arguments` as `user` (when we are root and it is not empty); output goes to `log`. The process id.
int spawn(const std::vector<std::string>& arguments, const std::string& user, const std::string& log);
// Waits for its end; the exit code, or minus the signal.
int wait_for(int process);
void stop_process(int process, int signal);
// A new folder below /tmp that `user` owns; removed at exit.
std::string temporary_folder(const std::string& user);
// The user that servers run as: `postgres` for root, since Postgres refuses root.
std::string service_user();

}  // namespace warp::test

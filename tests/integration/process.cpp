#include "integration/process.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace warp::test {
namespace {

std::vector<std::string>& folders() {
  static std::vector<std::string> list;
  return list;
}

void remove_folders() {
  for (const auto& folder : folders()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
}

// In the child: nothing but system calls.
[[noreturn]] void become(char* const* arguments, const passwd* user, int log) {
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
  // After the change of user, which clears it.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  dup2(log, 1);
  dup2(log, 2);
  setsid();
  if (chdir("/") != 0) _exit(126);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

int spawn(const std::vector<std::string>& arguments, const std::string& user, const std::string& log) {
  std::vector<char*> raw;
  for (const auto& argument : arguments)
    raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const passwd* account = geteuid() == 0 && !user.empty() ? getpwnam(user.c_str()) : nullptr;
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(raw.data(), account, output);
  close(output);
  return child;
}

int wait_for(int process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void stop_process(int process, int signal) {
  if (process <= 0) return;
  kill(process, signal);
  wait_for(process);
}

std::string temporary_folder(const std::string& user) {
  char path[] = "/tmp/warp-test-XXXXXX";
  if (!mkdtemp(path)) throw std::runtime_error("no temporary folder");
  if (folders().empty()) std::atexit(remove_folders);
  folders().push_back(path);
  if (const auto* account = geteuid() == 0 ? getpwnam(user.c_str()) : nullptr)
    if (chown(path, account->pw_uid, account->pw_gid) != 0) throw std::runtime_error("chown failed");
  return path;
}

std::string service_user() {
  return geteuid() == 0 ? "postgres" : "";
}

}  // namespace warp::test

// Network namespaces for tests that need privileges: made by the test, gone with it.
#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

namespace warp::test {

class NetworkNamespace {
 public:
  NetworkNamespace() {
    std::thread([this] {
      if (unshare(CLONE_NEWNET) == 0) fd_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    }).join();
    if (fd_ >= 0) sh("ip link set lo up");
  }
  ~NetworkNamespace() {
    if (fd_ >= 0) ::close(fd_);
  }
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  bool made() const { return fd_ >= 0; }
  std::string path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_); }
  bool enter() const { return setns(fd_, CLONE_NEWNET) == 0; }  // the calling thread
  // Runs `what` in a thread of the namespace, to its end.
  void run(const std::function<void()>& what) const {
    std::thread([&] {
      if (enter()) what();
    }).join();
  }
  bool sh(const std::string& command) const {
    bool done = false;
    run([&] { done = std::system(command.c_str()) == 0; });
    return done;
  }

 private:
  int fd_ = -1;
};

// A bpf file system below the temporary folder; ok() is false where one may not be mounted.
class BpfFileSystem {
 public:
  BpfFileSystem() {
    std::string name = (std::filesystem::temp_directory_path() / "warp-bpf-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return;
    path_ = name;
    mounted_ = ::mount("bpf", name.c_str(), "bpf", 0, nullptr) == 0;
  }
  ~BpfFileSystem() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    if (!path_.empty()) ::rmdir(path_.c_str());
  }
  BpfFileSystem(const BpfFileSystem&) = delete;
  BpfFileSystem& operator=(const BpfFileSystem&) = delete;

  bool ok() const { return mounted_; }
  bool give_to(unsigned user) const {
    return ::chown(path_.c_str(), user, user) == 0 && ::chown(pins().c_str(), user, user) == 0;
  }
  std::string pins() const { return path_ + "/warp"; }

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace warp::test

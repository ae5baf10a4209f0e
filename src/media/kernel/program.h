// KernelProgram: relay.bpf.c loaded, tried, its maps pinned and its filter set on interfaces.
//
// Below `pins` is a folder for each version of the program (a hash of its code and the size of the maps);
// maps of the same version are taken over with what is in them, others are removed. One process at a time
// owns `pins` (a lock that dies with it). The filter is clsact's at ingress, one a pins path: another process
// with other pins has another one beside it. Any thread; not copyable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "relay_map.h"

struct bpf_object;

namespace warp::media {

class KernelProgram {
 public:
  // Null with `why` set. It has run once over a packet of its own when this returns.
  static std::unique_ptr<KernelProgram> load(const std::string& pins, std::uint32_t most_flows,
                                             std::string& why);
  // Without the program: what an earlier process left is taken away. False with `why`: some of it stays.
  static bool remove_leftovers(const std::string& pins, std::string& why);
  ~KernelProgram();  // the filter and the pins stay

  // Sets our filter there, or ours of another version out of its place; the one of this process stays.
  bool attach(unsigned interface, std::string& why);
  // Away with filter and pins, on all interfaces that there are.
  void withdraw();

  // Runs it over `packet`, an Ethernet frame that may be changed and keeps its size; the verdict, or nothing.
  bool run(std::span<std::byte> packet, int& verdict) const;

  int flows() const { return flows_; }  // descriptors of the maps
  int passes() const { return passes_; }
  relay_count& count(std::uint32_t index) const { return counts_[index]; }
  std::uint32_t most_flows() const { return most_flows_; }

 private:
  KernelProgram() = default;
  bool open(const std::string& pins, std::uint32_t most_flows, std::string& why);
  bool pass_trial(std::string& why) const;

  bpf_object* object_ = nullptr;
  std::string pins_;
  int lock_ = -1, program_ = -1, flows_ = -1, passes_ = -1;
  std::uint32_t program_id_ = 0, most_flows_ = 0;
  relay_count* counts_ = nullptr;  // mapped; one more than flows, for the trial
};

}  // namespace warp::media

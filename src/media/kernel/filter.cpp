#include "filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <net/if.h>
#include <system_error>
#include <unistd.h>

#include "warp/base/text.h"

namespace warp::media {
namespace {

constexpr std::uint32_t kFilterPriority = 0x5752;
constexpr std::string_view kProgramName = "warp_relay";

bpf_tc_hook hook_at(unsigned interface) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = static_cast<int>(interface);
  hook.attach_point = BPF_TC_INGRESS;
  return hook;
}

bpf_tc_opts filter_of(const std::string& pins) {
  bpf_tc_opts opts{};
  opts.sz = sizeof opts;
  opts.handle = static_cast<std::uint32_t>(stable_hash(pins) & 0x7ffffffe) | 1;
  opts.priority = kFilterPriority;
  return opts;
}

}  // namespace

std::string in_words(std::string_view what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error < 0 ? -error : error);
}

FilterThere filter_at(unsigned interface, const std::string& pins) {
  auto hook = hook_at(interface);
  auto filter = filter_of(pins);
  if (bpf_tc_query(&hook, &filter) != 0) return {};
  const int fd = bpf_prog_get_fd_by_id(filter.prog_id);
  // Without CAP_SYS_ADMIN nobody may look at it; what stands at our priority and handle is then ours.
  if (fd < 0) return {filter.prog_id, errno == EPERM};
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  const bool ours = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && kProgramName == info.name;
  ::close(fd);
  return {filter.prog_id, ours};
}

bool set_filter(unsigned interface, const std::string& pins, int program, bool replace, std::string& why) {
  auto hook = hook_at(interface);
  if (const int error = bpf_tc_hook_create(&hook); error != 0 && error != -EEXIST) {
    why = in_words("no clsact there", error);
    return false;
  }
  auto filter = filter_of(pins);
  filter.prog_fd = program;
  filter.flags = replace ? BPF_TC_F_REPLACE : 0;
  if (const int error = bpf_tc_attach(&hook, &filter)) {
    why = in_words("the filter cannot be set", error);
    return false;
  }
  return true;
}

void remove_filters(const std::string& pins) {
  struct if_nameindex* const all = if_nameindex();
  for (auto* at = all; at != nullptr && at->if_index != 0; ++at) {
    const auto there = filter_at(at->if_index, pins);
    if (there.program == 0 || !there.ours) continue;
    auto hook = hook_at(at->if_index);
    auto filter = filter_of(pins);
    bpf_tc_detach(&hook, &filter);
  }
  if (all != nullptr) if_freenameindex(all);
}

}  // namespace warp::media

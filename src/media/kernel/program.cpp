#include "program.h"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/pkt_cls.h>
#include <string_view>
#include <sys/file.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "warp/base/text.h"

#include "filter.h"

extern "C" const char warp_bpf_relay_begin[], warp_bpf_relay_end[];

namespace warp::media {
namespace {

constexpr std::string_view kMapNames[] = {"relay_flows", "relay_counts", "relay_passes"};

std::string_view relay_code() {
  return {warp_bpf_relay_begin, static_cast<std::size_t>(warp_bpf_relay_end - warp_bpf_relay_begin)};
}

std::string version_of(std::uint32_t most_flows) {
  auto hash = stable_hash(relay_code()) ^ most_flows;
  std::string out = "v";
  for (int i = 0; i < 16; ++i, hash >>= 4)
    out += "0123456789abcdef"[hash & 15];
  return out;
}

bool is_version(std::string_view name) {
  return name.size() == 17 && name[0] == 'v' &&
         name.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

// Only what we put there: maps of our names in folders of our versions.
bool remove_versions(const std::string& pins, const std::string& but) {
  std::error_code error;
  bool all = true;
  for (const auto& entry : std::filesystem::directory_iterator(pins, error)) {
    const auto name_of_folder = entry.path().filename().string();
    if (name_of_folder == but || !is_version(name_of_folder)) continue;
    for (const auto name : kMapNames)
      std::filesystem::remove(entry.path() / name, error);
    all = std::filesystem::remove(entry.path(), error) && all;
  }
  return all && !error;
}

int take_lock(const std::string& pins, std::string& why) {
  const int fd = ::open(pins.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    why = in_words("cannot open " + pins, errno);
    return -1;
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  why = errno == EWOULDBLOCK ? pins + " belongs to another process that runs; give each its own"
                             : in_words("cannot lock " + pins, errno);
  ::close(fd);
  return -1;
}

}  // namespace

std::unique_ptr<KernelProgram> KernelProgram::load(const std::string& pins, std::uint32_t most_flows,
                                                   std::string& why) {
  // What it has to say is in the error; its lines on stderr would not be the log's.
  libbpf_set_print(nullptr);
  std::unique_ptr<KernelProgram> program(new KernelProgram);
  if (!program->open(pins, most_flows, why) || !program->pass_trial(why)) return nullptr;
  return program;
}

bool KernelProgram::open(const std::string& pins, std::uint32_t most_flows, std::string& why) {
  pins_ = pins;
  most_flows_ = most_flows;
  const std::string version = version_of(most_flows);
  std::error_code error;
  std::filesystem::create_directories(pins + "/" + version, error);
  if (error) {
    why = "cannot make " + pins + ": " + error.message() + " (is there a bpf file system?)";
    return false;
  }
  lock_ = take_lock(pins, why);
  if (lock_ < 0) return false;
  object_ = bpf_object__open_mem(relay_code().data(), relay_code().size(), nullptr);
  if (object_ == nullptr) {
    why = in_words("the kernel program cannot be read", errno);
    return false;
  }
  for (const auto name : kMapNames) {
    bpf_map* map = bpf_object__find_map_by_name(object_, std::string(name).c_str());
    bpf_map__set_pin_path(map, (pins + "/" + version + "/" + std::string(name)).c_str());
    if (name == "relay_flows") bpf_map__set_max_entries(map, most_flows + 1);
    if (name == "relay_counts") bpf_map__set_max_entries(map, most_flows + 1);
  }
  if (const int failed = bpf_object__load(object_)) {
    why = in_words("the kernel does not take the program (CAP_BPF and CAP_NET_ADMIN are needed, and " + pins +
                       " on a bpf file system)",
                   failed);
    return false;
  }
  program_ = bpf_program__fd(bpf_object__next_program(object_, nullptr));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program_, &info, &size) == 0) program_id_ = info.id;
  flows_ = bpf_object__find_map_fd_by_name(object_, "relay_flows");
  passes_ = bpf_object__find_map_fd_by_name(object_, "relay_passes");
  void* counts = ::mmap(nullptr, sizeof(relay_count) * (most_flows + 1ul), PROT_READ | PROT_WRITE, MAP_SHARED,
                        bpf_object__find_map_fd_by_name(object_, "relay_counts"), 0);
  if (counts == MAP_FAILED) {
    why = in_words("the counters cannot be mapped", errno);
    return false;
  }
  counts_ = static_cast<relay_count*>(counts);
  remove_versions(pins, version);
  return true;
}

KernelProgram::~KernelProgram() {
  if (counts_ != nullptr) ::munmap(counts_, sizeof(relay_count) * (most_flows_ + 1ul));
  if (object_ != nullptr) bpf_object__close(object_);
  if (lock_ >= 0) ::close(lock_);
}

bool KernelProgram::run(std::span<std::byte> packet, int& verdict) const {
  bpf_test_run_opts opts{};
  opts.sz = sizeof opts;
  opts.data_in = packet.data();
  opts.data_out = packet.data();
  opts.data_size_in = opts.data_size_out = static_cast<std::uint32_t>(packet.size());
  opts.repeat = 1;
  const int error = bpf_prog_test_run_opts(program_, &opts);
  if (error != 0) return errno = -error, false;
  verdict = static_cast<int>(opts.retval);
  return true;
}

// A packet from 0.0.0.0:0 to 0.0.0.0:0, which no wire brings, and a flow for it that keeps it here.
bool KernelProgram::pass_trial(std::string& why) const {
  std::array<std::byte, 54> packet{};
  constexpr std::uint8_t kHead[] = {8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17};
  std::memcpy(packet.data() + 12, kHead, sizeof kHead);
  packet[39] = std::byte{20};
  packet[42] = std::byte{0x80};
  const relay_key key{};
  relay_flow flow{};
  flow.counter = most_flows_;
  flow.most_octets = 1500;
  flow.event = RELAY_NO_EVENT;
  const auto before = count(most_flows_).packets;
  int verdict = 0;
  errno = 0;
  const bool ran = bpf_map_update_elem(flows_, &key, &flow, BPF_ANY) == 0 && run(packet, verdict);
  const int error = errno;
  bpf_map_delete_elem(flows_, &key);
  if (!ran) {
    why = in_words("the kernel program cannot be tried", error);
  } else if (verdict != TC_ACT_OK || count(most_flows_).packets != before + 1) {
    why = "the kernel program does not do what it should here";
  } else {
    return true;
  }
  return false;
}

bool KernelProgram::attach(unsigned interface, std::string& why) {
  const auto there = filter_at(interface, pins_);
  if (there.program != 0 && there.program == program_id_) return true;
  if (there.program == 0 || there.ours)
    return set_filter(interface, pins_, program_, there.program != 0, why);
  why = "another program's filter is in our place";
  return false;
}

void KernelProgram::withdraw() {
  remove_filters(pins_);
  remove_versions(pins_, "");
}

bool KernelProgram::remove_leftovers(const std::string& pins, std::string& why) {
  std::error_code error;
  if (!std::filesystem::exists(pins, error)) return true;
  libbpf_set_print(nullptr);
  const int lock = take_lock(pins, why);
  if (lock < 0) return false;
  remove_filters(pins);
  const bool removed = remove_versions(pins, "");
  if (removed)
    ::rmdir(pins.c_str());  // which may be another's to give and to take
  else
    why = "cannot remove all that is below " + pins;
  ::close(lock);
  return removed;
}

}  // namespace warp::media

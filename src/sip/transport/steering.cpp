#include "steering.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <utility>

extern "C" const char warp_bpf_steering_begin[], warp_bpf_steering_end[];

namespace warp::sip {
namespace {

boost::system::error_code system_error(int error) {
  return {error, boost::system::system_category()};
}

// `shard_count` is the program's only constant.
bool set_shards(bpf_object* object, unsigned shards) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!std::string_view(bpf_map__name(map)).ends_with(".rodata")) continue;
    std::size_t size = 0;
    auto* constants = const_cast<void*>(bpf_map__initial_value(map, &size));
    if (constants == nullptr || size < sizeof shards) return false;
    std::memcpy(constants, &shards, sizeof shards);
    return true;
  }
  return false;
}

}  // namespace

Result<Steering, boost::system::error_code> Steering::load(unsigned shards) {
  // What it has to say is in the error; its lines on stderr would not be the log's.
  libbpf_set_print(nullptr);
  const auto size = static_cast<std::size_t>(warp_bpf_steering_end - warp_bpf_steering_begin);
  bpf_object* object = bpf_object__open_mem(warp_bpf_steering_begin, size, nullptr);
  if (object == nullptr) return system_error(errno);
  Steering steering(object);
  if (!set_shards(object, shards)) return system_error(EINVAL);
  if (const int error = bpf_object__load(object)) return system_error(-error);
  return steering;
}

Steering::~Steering() {
  if (object_ != nullptr) bpf_object__close(object_);
}

Steering::Steering(Steering&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}

boost::system::error_code Steering::attach(int fd) const {
  const int program = bpf_program__fd(bpf_object__next_program(object_, nullptr));
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof program) == 0) return {};
  return system_error(errno);
}

}  // namespace warp::sip

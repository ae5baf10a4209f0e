// Steering: the kernel program (steering.bpf.c) that queues a datagram on the socket of the shard that owns
// it. Needs CAP_BPF where unprivileged BPF is off. Any thread, at start-up.
#pragma once

#include <boost/system/error_code.hpp>

#include "warp/base/result.h"

struct bpf_object;

namespace warp::sip {

class Steering {
 public:
  // Loads and verifies it for this many shards.
  static Result<Steering, boost::system::error_code> load(unsigned shards);
  ~Steering();
  Steering(Steering&& other) noexcept;
  Steering& operator=(Steering&&) = delete;

  // Makes it choose among the sockets of the SO_REUSEPORT group that `fd` is in, which were bound in the
  // shards' order. The sockets keep the program: it stays when this object goes.
  boost::system::error_code attach(int fd) const;

 private:
  explicit Steering(bpf_object* object) : object_(object) {}
  bpf_object* object_;
};

}  // namespace warp::sip

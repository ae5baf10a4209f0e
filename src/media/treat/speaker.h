// Speaker: audio of ours towards one side: encoded in its first format, cut into packets of its ptime, given
// to the outlet. Made off the worker; used by one thread; nothing is allocated after make().
#pragma once

#include <memory>
#include <span>

#include "warp/audio/codec.h"
#include "warp/domain/media_terms.h"

#include "treat/outlet.h"
#include "treat/sample_queue.h"

namespace warp::media {

// Takes packets that an outlet has headed: they are protected and sent.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  // `buffer` begins with a packet of `size` octets and has room for srtp::kOverhead more.
  virtual void packet(std::span<std::byte> buffer, std::size_t size) = 0;
};

class Speaker {
 public:
  // Null: no encoder of ours.
  static std::unique_ptr<Speaker> make(const domain::MediaFormat& format);

  std::uint32_t sample_rate() const { return rate_; }
  const domain::MediaFormat& format() const { return format_; }
  // Samples of one tick.
  std::size_t block() const { return rate_ / 50; }

  // What is said at `now`; whole packets go out.
  void say(std::span<const audio::Sample> samples, Outlet& outlet, PacketSink& sink, Monotonic now);
  // Nothing is said: the rest is filled up and goes out; the next say() begins anew.
  void pause(Outlet& outlet, PacketSink& sink, Monotonic now);

 private:
  Speaker(const domain::MediaFormat& format, std::unique_ptr<audio::Encoder> encoder);
  void send(std::span<const audio::Sample> samples, Outlet& outlet, PacketSink& sink, Monotonic now);

  const domain::MediaFormat format_;
  const std::unique_ptr<audio::Encoder> encoder_;
  const std::uint32_t rate_;
  const unsigned packet_ms_;
  SampleQueue waiting_;
  bool talking_ = false;
  bool marked_ = false;
  std::uint32_t next_ = 0;  // timestamp
};

}  // namespace warp::media

// Engine::Session: the handle of a session: tells the worker what its owner asks for, and makes on its
// owner's thread what the worker is to have.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "warp/media/engine.h"

#include "engine_core.h"
#include "treat/control.h"

namespace warp::media {

std::unique_ptr<SessionState> make_session_state(const domain::MediaSessionRequest& request, Executor& where,
                                                 std::function<void()> on_timeout);

// All but the state's counters is its owner's thread's own; the state's number of streams is the worker's.
class Engine::Session final : public domain::MediaSession {
 public:
  Session(std::shared_ptr<Core> core, Worker& worker, CallId call, std::unique_ptr<SessionState> state);
  ~Session() override;

  domain::MediaStreamLocal local(domain::MediaSide which, std::size_t stream) const override;
  void set_remote(domain::MediaSide which, std::size_t stream, const domain::MediaStreamRemote& remote,
                  std::shared_ptr<const domain::ClockRates> clock_rates) override;
  bool grow(std::size_t streams) override;
  domain::MediaStatistics statistics() const override;
  domain::MediaMemory memory() const override;
  void judge(const std::array<std::optional<domain::VoiceCodec>, 2>& codecs) override;

  void observe(std::function<void(const domain::MediaEvent&)> on_event) override;
  bool play(domain::MediaSide towards, std::shared_ptr<const domain::MediaClip> clip, bool loop) override;
  void stop_clip(domain::MediaSide towards) override;
  bool send_digit(domain::MediaSide towards, char digit, std::chrono::milliseconds duration) override;
  bool send(domain::MediaSide from, std::size_t stream, bool rtcp, std::span<const std::byte> datagram,
            const domain::SocketAddress& to) noexcept override;
  void add_tap(std::shared_ptr<domain::MediaTap> tap) override;
  void remove_tap(const domain::MediaTap* tap) override;

  // Before set_remote(): how far the SRTP of a side had come in a process before.
  void remember(domain::MediaSide which, std::size_t stream, const domain::SrtpMemory& memory);
  // Behind set_remote(), before anything else is told: where that process had found a side.
  void assume(domain::MediaSide which, std::size_t stream, const domain::SocketAddress& learned);

 private:
  const Side& side(domain::MediaSide which, std::size_t stream) const {
    return state_->sides[stream][static_cast<std::size_t>(which)];
  }
  Command command_for(Command::What what, domain::MediaSide which, std::size_t stream) const;
  void send(std::size_t stream, std::unique_ptr<Order> order);
  // The first stream whose audio we know; none: nothing can be said to that side.
  std::optional<std::size_t> audio_stream(domain::MediaSide towards) const;
  domain::MediaSessionRequest request() const;

  const std::shared_ptr<Core> core_;
  Worker& worker_;
  const CallId call_;
  std::unique_ptr<SessionState> state_;
  std::size_t streams_;
  std::array<std::optional<domain::VoiceCodec>, 2> codecs_;
  std::vector<StreamControl::Remotes> remotes_;
  std::vector<StreamControl> controls_;
  std::vector<std::shared_ptr<domain::MediaTap>> taps_;  // shared with the worker
};

}  // namespace warp::media

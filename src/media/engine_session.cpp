#include "engine_session.h"

#include <algorithm>
#include <sys/socket.h>

#include "quality/shown.h"

namespace warp::media {
namespace {

void join_sides(SessionState& state, std::size_t stream, const domain::MediaSessionRequest& request) {
  auto& sides = state.sides.make(stream);
  for (std::size_t i = 0; i < 2; ++i) {
    sides[i].session = &state;
    sides[i].peer = &sides[1 - i];
    sides[i].symmetric = request.sides[i].symmetric_rtp;
    sides[i].network = request.sides[i].network;
  }
}

}  // namespace

std::unique_ptr<SessionState> make_session_state(const domain::MediaSessionRequest& request, Executor& where,
                                                 std::function<void()> on_timeout) {
  auto state = std::make_unique<SessionState>();
  state->streams = std::clamp<std::uint8_t>(request.streams, 1, domain::MediaSession::kMaxStreams);
  state->timeout = request.timeout;
  state->gate = std::make_shared<TimeoutGate>(where, std::move(on_timeout));
  state->events = std::make_shared<EventGate>(where);
  for (std::size_t stream = 0; stream < state->streams; ++stream)
    join_sides(*state, stream, request);
  return state;
}

Engine::Session::Session(std::shared_ptr<Core> core, Worker& worker, CallId call,
                         std::unique_ptr<SessionState> state)
    : core_(std::move(core)),
      worker_(worker),
      call_(call),
      state_(std::move(state)),
      streams_(state_->streams),
      remotes_(streams_),
      controls_(streams_) {
  Command attach;
  attach.what = Command::What::Attach;
  attach.session = state_.get();
  worker_.post(std::move(attach));
  core_->open_sessions.fetch_add(1, std::memory_order_relaxed);
}

Engine::Session::~Session() {
  state_->gate->close();
  state_->events->close();
  for (std::size_t stream = 0; stream < streams_; ++stream)
    pause_flows(side(domain::MediaSide::A, stream), core_->kernel.get());
  Command detach;
  detach.what = Command::What::Detach;
  detach.farewell = std::move(state_);
  worker_.load.fetch_sub(1, std::memory_order_relaxed);
  worker_.post(std::move(detach));
  core_->open_sessions.fetch_sub(1, std::memory_order_relaxed);
}

domain::MediaStreamLocal Engine::Session::local(domain::MediaSide which, std::size_t stream) const {
  if (stream >= streams_) return {};
  const Side& own = side(which, stream);
  return {{core_->advertised(own.network, own.ports->rtp.v6), own.ports->number}};
}

void Engine::Session::set_remote(domain::MediaSide which, std::size_t stream,
                                 const domain::MediaStreamRemote& remote,
                                 std::shared_ptr<const domain::ClockRates> clock_rates) {
  if (stream >= streams_) return;
  auto& remotes = remotes_[stream];
  remotes[static_cast<std::size_t>(which)] = remote;
  pause_flows(side(which, stream), core_->kernel.get());
  Command command = command_for(Command::What::SetRemote, which, stream);
  command.remote = remote;
  command.clock_rates = std::move(clock_rates);
  if (controls_[stream].concerned(remotes)) command.order = controls_[stream].wear(remotes, core_->tools());
  worker_.post(std::move(command));
}

bool Engine::Session::grow(std::size_t streams) {
  if (streams > kMaxStreams) return false;
  const std::size_t before = streams_;
  const auto request = this->request();
  for (std::size_t stream = before; stream < streams; ++stream) {
    join_sides(*state_, stream, request);
    if (core_->take_stream(*state_, stream)) continue;
    state_->sides.drop(stream);
    for (std::size_t taken = before; taken < stream; ++taken) {
      for (auto& side : state_->sides[taken])
        side.ports->pool->put_back(side.ports);
      state_->sides.drop(taken);
    }
    return false;
  }
  if (streams <= before) return true;
  streams_ = streams;
  remotes_.resize(streams);
  controls_.resize(streams);
  Command command;
  command.what = Command::What::Grow;
  command.session = state_.get();
  command.stream = static_cast<std::uint8_t>(streams);
  worker_.post(std::move(command));
  for (const auto& tap : taps_)
    for (std::size_t stream = before; stream < streams; ++stream)
      send(stream, controls_[stream].add_tap(remotes_[stream], tap, core_->tools()));
  return true;
}

void Engine::Session::remember(domain::MediaSide which, std::size_t stream,
                               const domain::SrtpMemory& memory) {
  controls_[stream].remember(static_cast<std::size_t>(which), memory);
}

void Engine::Session::assume(domain::MediaSide which, std::size_t stream,
                             const domain::SocketAddress& learned) {
  Command command = command_for(Command::What::Learned, which, stream);
  command.remote.rtp = learned;
  worker_.post(std::move(command));
}

domain::MediaStatistics Engine::Session::statistics() const {
  domain::MediaStatistics out;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& leg = out.sides[i];
    for (std::size_t stream = 0; stream < streams_; ++stream) {
      const auto totals = totals_of(state_->sides[stream][i], core_->kernel.get());
      leg.packets_received += totals.packets_received;
      leg.octets_received += totals.octets_received;
      out.sides[1 - i].packets_sent += totals.packets_passed_on;
      out.sides[1 - i].octets_sent += totals.octets_passed_on;
    }
    const auto& first = state_->sides[0][i].counters;
    leg.packets_lost = first.lost.value();
    leg.jitter_us = static_cast<std::uint32_t>(first.jitter_us.value());
    if (const auto rtt = first.rtt_us.value(); rtt != SideCounters::kUnknown)
      leg.rtt_us = static_cast<std::uint32_t>(rtt);
    if (const auto loss = first.remote_loss_percent.value(); loss != SideCounters::kUnknown)
      leg.remote_loss_percent = static_cast<std::uint8_t>(loss);
    show_quality(state_->sides[0][i], codecs_[i], codecs_[1 - i], leg);
  }
  return out;
}

void Engine::Session::judge(const std::array<std::optional<domain::VoiceCodec>, 2>& codecs) {
  codecs_ = codecs;
  Command command = command_for(Command::What::Judge, domain::MediaSide::A, 0);
  command.codecs = codecs;
  worker_.post(std::move(command));
}

domain::MediaMemory Engine::Session::memory() const {
  domain::MediaMemory out;
  out.request = request();
  for (std::size_t stream = 0; stream < streams_; ++stream) {
    auto& kept = out.streams.emplace_back();
    for (std::size_t i = 0; i < 2; ++i) {
      const Side& side = state_->sides[stream][i];
      kept.ports[i] = side.ports->number;
      kept.remotes[i] = remotes_[stream][i];
      if (side.symmetric || (kept.remotes[i].terms && kept.remotes[i].terms->ice))
        kept.learned[i] = side.learned.get();
      kept.srtp[i] = side.srtp.get();
    }
  }
  return out;
}

void Engine::Session::observe(std::function<void(const domain::MediaEvent&)> on_event) {
  state_->events->observe(std::move(on_event));
}

bool Engine::Session::play(domain::MediaSide towards, std::shared_ptr<const domain::MediaClip> clip,
                           bool loop) {
  const auto stream = audio_stream(towards);
  if (!stream) return false;
  auto order = controls_[*stream].play(remotes_[*stream], towards, std::move(clip), loop, core_->tools());
  if (order == nullptr) return false;
  send(*stream, std::move(order));
  return true;
}

void Engine::Session::stop_clip(domain::MediaSide towards) {
  for (std::size_t stream = 0; stream < streams_; ++stream)
    if (controls_[stream].treated()) send(stream, StreamControl::stop_clip(towards));
}

bool Engine::Session::send_digit(domain::MediaSide towards, char digit, std::chrono::milliseconds duration) {
  const auto stream = audio_stream(towards);
  if (!stream) return false;
  auto order = controls_[*stream].send_digit(remotes_[*stream], towards, digit, duration, core_->tools());
  if (order == nullptr) return false;
  send(*stream, std::move(order));
  return true;
}

// The pair of a side never changes, and its descriptors are good until the handle goes.
bool Engine::Session::send(domain::MediaSide from, std::size_t stream, bool rtcp,
                           std::span<const std::byte> datagram, const domain::SocketAddress& to) noexcept {
  if (stream >= streams_) return false;
  const PortPair& ports = *side(from, stream).ports;
  const Socket& socket = rtcp ? ports.rtcp : ports.rtp;
  const Destination destination(to, socket.v6);
  if (!destination) return false;
  const auto sent = ::sendto(socket.fd, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             destination.data(), destination.length());
  return sent == static_cast<ssize_t>(datagram.size());
}

void Engine::Session::add_tap(std::shared_ptr<domain::MediaTap> tap) {
  if (tap == nullptr) return;
  for (std::size_t stream = 0; stream < streams_; ++stream)
    send(stream, controls_[stream].add_tap(remotes_[stream], tap, core_->tools()));
  taps_.push_back(std::move(tap));
}

void Engine::Session::remove_tap(const domain::MediaTap* tap) {
  std::erase_if(taps_, [tap](const auto& one) { return one.get() == tap; });
  send(0, StreamControl::remove_tap(tap));
}

std::optional<std::size_t> Engine::Session::audio_stream(domain::MediaSide towards) const {
  for (std::size_t stream = 0; stream < streams_; ++stream) {
    const auto& remote = remotes_[stream][static_cast<std::size_t>(towards)];
    if (remote.rtp.port != 0 && !remote.opaque && remote.terms != nullptr && !remote.terms->formats.empty())
      return stream;
  }
  return std::nullopt;
}

void Engine::Session::send(std::size_t stream, std::unique_ptr<Order> order) {
  pause_flows(side(domain::MediaSide::A, stream), core_->kernel.get());
  Command command = command_for(Command::What::Treat, domain::MediaSide::A, stream);
  command.order = std::move(order);
  worker_.post(std::move(command));
}

Command Engine::Session::command_for(Command::What what, domain::MediaSide which, std::size_t stream) const {
  Command command;
  command.what = what;
  command.session = state_.get();
  command.side = static_cast<std::uint8_t>(which);
  command.stream = static_cast<std::uint8_t>(stream);
  return command;
}

// As it was asked for, but for the streams that came later. What is read here never changes.
domain::MediaSessionRequest Engine::Session::request() const {
  domain::MediaSessionRequest request;
  request.call = call_;
  request.streams = static_cast<std::uint8_t>(streams_);
  for (std::size_t i = 0; i < 2; ++i) {
    const Side& side = state_->sides[0][i];
    request.sides[i] = {side.ports->rtp.v6, side.symmetric, side.network};
  }
  request.timeout = state_->timeout;
  return request;
}

}  // namespace warp::media

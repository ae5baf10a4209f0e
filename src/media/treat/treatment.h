// Treatment: what is done to one stream beyond relaying it. Without one, a stream is relayed as relay.h says.
//
//   X → datagram → ICE, DTLS, SRTP of X → is the source believed? → statistics → taps → plan → outlet of Y
//
// Made off the worker, as is all that it wears later; then the worker's alone. On the worker nothing is
// allocated, locked or logged for a packet. What passes is driven by packets; what is made is driven by
// ticks (tick() answers whether it wants the next).
#pragma once

#include <array>
#include <memory>
#include <string>

#include "warp/base/clock.h"

#include "relay.h"
#include "treat/half.h"
#include "treat/outfit.h"
#include "treat/ticker.h"

namespace warp::fax {
class Gateway;
}

namespace warp::media {

class Treatment {
 public:
  // As it is worn before wear().
  struct Beginning {
    std::array<std::uint32_t, 2> ssrcs{};
    std::string cname;
    std::array<std::shared_ptr<const domain::MediaTerms>, 2> terms;
  };
  explicit Treatment(Beginning beginning);
  ~Treatment();

  // On the worker, once: whose stream it is.
  void join(std::array<Side, 2>& sides, std::size_t stream, Ticker& ticker, StreamWire& wire,
            TreatMetrics& metrics);
  // The sides' addresses may have changed too: after set_remote().
  void wear(Outfit& outfit, Monotonic now);

  // What relay() is for a plain stream.
  Drop receive(Side& side, const Socket& socket, const PacketRoom& datagram,
               const domain::SocketAddress& source, const Arrival& arrival);
  // 20 ms of what is made. False: there is nothing to be made for the time being.
  bool tick(Monotonic now);
  bool clocked() const;
  // Now and then: reports, retransmissions, the silent ends of events.
  void sweep(Monotonic now);
  // Nothing is left to do here, and has not been for a while: the plain relay does.
  bool idle(Monotonic now);

  // `speaker` when there is none yet.
  void play(domain::MediaSide towards, std::unique_ptr<ClipPlayer> clip, std::unique_ptr<Speaker> speaker,
            Monotonic now);
  void stop_clip(domain::MediaSide towards, Monotonic now);
  void send_digit(domain::MediaSide towards, char digit, std::chrono::milliseconds length,
                  std::unique_ptr<Speaker> speaker, Monotonic now);
  void tap_joins(domain::MediaTap& tap) const;

  Ticker::Place place;  // the ticker's

 private:
  friend class TreatmentEars;

  Half& of(const Side& side) { return &side == halves_[0].side ? halves_[0] : halves_[1]; }
  Half& beyond(const Half& half) { return &half == &halves_[0] ? halves_[1] : halves_[0]; }
  const DirectionPlan& plan_from(const Half& half) const { return plan_.from[&half == &halves_[0] ? 0 : 1]; }
  TreatKind kind() const;
  void tap(const Half& from, std::span<const std::byte> data, const Socket& socket,
           const domain::SocketAddress& source, Monotonic at) const;
  void tell_taps(const Half& half) const;
  void count_kind();
  void count_jitter(Half& half);
  void want_ticks(Monotonic now);

  Drop receive_rtp(Half& from, const Socket& socket, PacketRoom datagram, const domain::SocketAddress& source,
                   const Arrival& arrival);
  Drop receive_rtcp(Half& from, const Socket& socket, PacketRoom datagram,
                    const domain::SocketAddress& source, const Arrival& arrival);
  Drop receive_opaque(Half& from, const Socket& socket, const PacketRoom& datagram,
                      const domain::SocketAddress& source, const Arrival& arrival);
  std::optional<Drop> receive_control(Half& from, const Socket& socket, std::span<const std::byte> data,
                                      const domain::SocketAddress& source, Monotonic now);
  static bool believed(const Half& half, const domain::SocketAddress& source);
  void nominated(Half& half, const Socket& socket, const domain::SocketAddress& source, Monotonic now);
  void start_handshake(Half& half, Monotonic now);
  void tick_handshake(Half& half, Monotonic now);
  void handshake_ended(Half& half, bool good);
  void tell_state(Half& half);
  void not_opened(Half& from, srtp::Error error);
  void wear_secure(Half& half, Outfit::Part& part, Monotonic now);

  Drop forward(Half& from, PacketRoom datagram, const rtp::Header& header, Monotonic now);
  Drop relay_on(Half& to, const DirectionPlan& plan, PacketRoom datagram, const rtp::Header& header,
                Monotonic now);
  Drop receive_event(Half& from, PacketRoom datagram, const rtp::Header& header, Monotonic now);
  void pass_event(Half& to, rtp::TelephoneEvent event, const rtp::Header& header, Monotonic now);
  void take_silence(Half& from, Monotonic now);
  void take_changes(Half& from, std::span<const rtp::EventChange> changes);
  void give_digit(Half& from, char digit, bool begins, std::chrono::milliseconds length);

  void tick_towards(Half& to, Monotonic now);
  void send_noise(Half& to, std::uint8_t level, Monotonic now);
  void tick_fax(Monotonic now);
  bool ends_rtcp() const;
  void report(Half& half, bool bye, Monotonic now);

  std::array<Half, 2> halves_;
  const std::string cname_;
  StreamPlan plan_;
  // A fax machine's side that sends nothing for longer than this is silent, and not late.
  static constexpr int kFaxPatienceTicks = 20;
  std::unique_ptr<fax::Gateway> fax_;
  int fax_quiet_ticks_ = kFaxPatienceTicks;
  std::size_t stream_ = 0;
  TreatMetrics* metrics_ = nullptr;
  Ticker* ticker_ = nullptr;
  std::optional<TreatKind> counted_;
  Monotonic busy_at_{};
};

}  // namespace warp::media

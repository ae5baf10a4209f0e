// A session whose sides have terms, and the steps of 20 ms in which the tests of treated streams go.
#pragma once

#include <vector>

#include "fixture.h"
#include "voice.h"

namespace warp::media::testing {

class TreatTest : public EngineTest {
 protected:
  static std::shared_ptr<const domain::MediaTerms> shared(domain::MediaTerms terms) {
    return std::make_shared<const domain::MediaTerms>(std::move(terms));
  }

  void begin(domain::MediaTerms of_a, domain::MediaTerms of_b, bool symmetric = false) {
    start();
    domain::MediaSessionRequest request;
    request.timeout = std::chrono::seconds(0);
    request.sides[0].symmetric_rtp = symmetric;
    session = open(request);
    session->observe([this](const domain::MediaEvent& event) { events.push_back(event); });
    at_a = session->local(MediaSide::A, 0).rtp;
    at_b = session->local(MediaSide::B, 0).rtp;
    tell(MediaSide::A, std::move(of_a));
    tell(MediaSide::B, std::move(of_b));
  }
  void tell(MediaSide side, domain::MediaTerms terms) {
    auto remote = this->remote(side == MediaSide::A ? a : b, side == MediaSide::A ? &a_rtcp : &b_rtcp);
    remote.terms = shared(std::move(terms));
    connect(*session, side, remote);
  }
  // Sends from A and waits until the relay has it; then 20 ms go by.
  void from_a(const Bytes& data) { send(a, at_a, 0, data); }
  void from_b(const Bytes& data) { send(b, at_b, 1, data); }
  // 20 ms; the worker has seen them when this returns.
  void step() {
    clock.advance(std::chrono::milliseconds(20));
    synchronise();
  }
  // Whatever was asked of the worker is done: a datagram went through its loop and back.
  void synchronise() {
    const auto before = refused();
    a.send(rtcp_of(at_a), Bytes(3, std::byte{1}));
    ASSERT_TRUE(eventually([&] { return refused() > before; }));
    // The batch that counted it is over when the next one is.
    a.send(rtcp_of(at_a), Bytes(3, std::byte{1}));
    ASSERT_TRUE(eventually([&] { return refused() > before + 1; }));
  }
  std::uint64_t refused() { return dropped("malformed") + dropped("not_authentic"); }
  std::size_t count(domain::MediaEventKind kind) {
    executor.run();
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(),
                                                  [kind](const auto& event) { return event.kind == kind; }));
  }

  Peer a, a_rtcp, b, b_rtcp;
  std::unique_ptr<domain::MediaSession> session;
  domain::SocketAddress at_a, at_b;
  std::vector<domain::MediaEvent> events;

 private:
  void send(const Peer& peer, const domain::SocketAddress& to, std::size_t side, const Bytes& data) {
    const auto before = session->statistics().sides[side].packets_received;
    peer.send(to, data);
    ASSERT_TRUE(eventually([&] { return session->statistics().sides[side].packets_received > before; }));
  }
};

}  // namespace warp::media::testing

#include "secure/secure_side.h"

#include <algorithm>
#include <array>

#include "warp/stun/message.h"

#include "secure/profile.h"

namespace warp::media {
namespace {

using SrtpResult = Result<std::size_t, srtp::Error>;

constexpr std::size_t kMostOverlapped = 2048;  // longer packets of the old keys are lost

bool has_keys(const domain::SrtpKeys& keys) {
  return keys.suite != domain::SrtpSuite::None;
}

std::vector<domain::SrtpStreamMemory> streams_of(const srtp::Session& session) {
  std::vector<domain::SrtpStreamMemory> streams;
  for (const auto& state : session.state())
    streams.push_back({state.ssrc, state.rollover, state.rtcp_index, state.highest});
  return streams;
}

void restore_streams(srtp::Session& session, std::span<const domain::SrtpStreamMemory> streams) {
  std::vector<srtp::SsrcState> states;
  for (const auto& stream : streams)
    states.push_back({stream.ssrc, stream.rollover, stream.highest, stream.rtcp_index});
  session.restore(states);
}

}  // namespace

bool SecureSide::Way::open(const domain::SrtpKeys& with, srtp::Direction direction) {
  const auto suite = suite_of(with.suite);
  if (!suite || with.size > with.material.size()) return false;
  auto made = srtp::Session::make(*suite, std::span(with.material).first(with.size), direction);
  if (!made) return false;
  session = std::move(*made);
  keys = with;
  return true;
}

bool SecureSide::wanted(const domain::MediaTerms& terms) {
  return has_keys(terms.send) || has_keys(terms.receive) || terms.dtls || terms.ice;
}

std::unique_ptr<SecureSide> SecureSide::make(const domain::MediaTerms& terms,
                                             std::shared_ptr<const DtlsIdentity> identity, Monotonic now) {
  auto side = std::make_unique<SecureSide>();
  if (terms.ice) side->ice_.emplace(*terms.ice);
  if (terms.dtls) {
    side->dtls_terms_ = terms.dtls;
    side->dtls_ = Dtls::make(identity, *terms.dtls, now);
    side->identity_ = std::move(identity);
    return side->dtls_ ? std::move(side) : nullptr;
  }
  side->plain_ = !has_keys(terms.send) && !has_keys(terms.receive);
  if (side->plain_) return side;
  const bool made = side->send_.open(terms.send, srtp::Direction::Send) &&
                    side->receive_.open(terms.receive, srtp::Direction::Receive);
  return made ? std::move(side) : nullptr;
}

void SecureSide::take_over(SecureSide& before) {
  if (ice_ && before.ice_ && ice_->terms() == before.ice_->terms()) ice_ = std::move(before.ice_);
  const bool failed = before.dtls_ && before.dtls_->state() == Dtls::State::Failed;
  const bool same_dtls = dtls_terms_ && dtls_terms_ == before.dtls_terms_ && !failed;
  if (same_dtls) {
    dtls_ = std::move(before.dtls_);
    told_ = before.told_;
    strangers_ = before.strangers_;
  }
  if (same_dtls || (send_ && before.send_ && send_.keys.same_key(before.send_.keys)))
    send_ = std::move(before.send_);
  if (same_dtls || (receive_ && before.receive_ && receive_.keys.same_key(before.receive_.keys))) {
    const auto lifetime = receive_.keys.lifetime;
    receive_ = std::move(before.receive_);
    receive_.keys.lifetime = lifetime;
    before_ = std::move(before.before_);
    passed_ = before.passed_;
  } else if (!plain_ && before.receive_) {
    before_ = std::move(before.receive_);
    passed_ = 0;
  }
  turns_ = before.turns_ + 1;
  written_ = changes() - 1;
}

// RFC 4568 §6.1: the lifetime counts packets and reports each for themselves.
SrtpResult SecureSide::counted(Way& way, std::span<std::byte> packet, Unprotect how) {
  const auto size = (way.session.get()->*how)(packet);
  if (!size) return size;
  auto& count = how == &srtp::Session::unprotect ? way.packets : way.reports;
  ++count;
  if (way.keys.lifetime != 0 && count > way.keys.lifetime) return srtp::Error::Exhausted;
  return size;
}

SrtpResult SecureSide::opened(std::span<std::byte> packet, Unprotect how) {
  if (plain_) return packet.size();
  if (!before_ || packet.size() > kMostOverlapped) {
    if (!receive_) return srtp::Error::BadKey;
    return counted(receive_, packet, how);
  }
  // A suite may spoil what it does not believe.
  std::array<std::byte, kMostOverlapped> copy;
  std::copy(packet.begin(), packet.end(), copy.begin());
  if (receive_) {
    const auto size = counted(receive_, packet, how);
    if (size && ++passed_ >= kOverlap) before_ = {};
    if (size || size.error() != srtp::Error::BadTag) return size;
    std::copy_n(copy.begin(), packet.size(), packet.begin());
  }
  return counted(before_, packet, how);
}

SrtpResult SecureSide::unprotect(std::span<std::byte> packet) {
  return opened(packet, &srtp::Session::unprotect);
}

SrtpResult SecureSide::unprotect_rtcp(std::span<std::byte> packet) {
  return opened(packet, &srtp::Session::unprotect_rtcp);
}

SrtpResult SecureSide::protect(std::span<std::byte> buffer, std::size_t size) {
  if (plain_) return size;
  if (!send_) return srtp::Error::BadKey;
  return send_.session->protect(buffer, size);
}

SrtpResult SecureSide::protect_rtcp(std::span<std::byte> buffer, std::size_t size) {
  if (plain_) return size;
  if (!send_) return srtp::Error::BadKey;
  return send_.session->protect_rtcp(buffer, size);
}

SecureSide::Control SecureSide::control(std::span<const std::byte> datagram,
                                        const domain::SocketAddress& source, Dtls::Out& out, Monotonic now,
                                        bool proven) {
  if (stun::is_stun(datagram)) {
    if (!ice_) return Control::Taken;
    std::array<std::byte, IceLite::kMostResponse> response;
    const auto before = ice_->nominated();
    const auto answer = ice_->receive(datagram, source, response, now);
    if (answer.size > 0) out.datagram(std::span(response).first(answer.size));
    return answer.nominated && before != source ? Control::Nominated : Control::Taken;
  }
  if (!is_dtls(datagram)) return Control::NotMine;
  if (!dtls_ || !believes(source)) return Control::Taken;
  if (!proven && strangers_ >= kMostStrangers) return Control::Taken;
  dtls_->receive(datagram, source, out, now);
  if (!proven && !told_ && dtls_->state() == Dtls::State::Failed) return begin_anew(now);
  return handshake_news();
}

SecureSide::Control SecureSide::begin_anew(Monotonic now) {
  auto fresh = Dtls::make(identity_, *dtls_terms_, now);
  if (!fresh) return handshake_news();
  dtls_ = std::move(fresh);
  ++strangers_;
  return Control::Anew;
}

SecureSide::Control SecureSide::start(Dtls::Out& out, Monotonic now) {
  if (dtls_) dtls_->start(out, now);
  return handshake_news();
}

SecureSide::Control SecureSide::tick(Dtls::Out& out, Monotonic now) {
  if (dtls_) dtls_->tick(out, now);
  return handshake_news();
}

SecureSide::Control SecureSide::handshake_news() {
  if (!dtls_ || told_) return Control::Taken;
  if (dtls_->state() == Dtls::State::Done) {
    told_ = true;
    const auto& keys = dtls_->keys();
    if (!send_.open(keys.send, srtp::Direction::Send) ||
        !receive_.open(keys.receive, srtp::Direction::Receive))
      return Control::Failed;
    ++turns_;
    return Control::Secured;
  }
  if (dtls_->state() != Dtls::State::Failed) return Control::Taken;
  told_ = true;
  return Control::Failed;
}

domain::SrtpMemory SecureSide::memory() const {
  domain::SrtpMemory memory;
  if (!send_ || !receive_) return memory;
  memory.send = send_.keys;
  memory.receive = receive_.keys;
  memory.sent = streams_of(*send_.session);
  memory.received = streams_of(*receive_.session);
  return memory;
}

void SecureSide::restore(const domain::SrtpMemory& memory) {
  if (!has_keys(memory.send) || !has_keys(memory.receive)) return;
  if (dtls_terms_) {
    if (!send_.open(memory.send, srtp::Direction::Send) ||
        !receive_.open(memory.receive, srtp::Direction::Receive)) {
      send_ = {};
      receive_ = {};
      return;
    }
    dtls_.reset();
  }
  if (send_ && send_.keys.same_key(memory.send)) restore_streams(*send_.session, memory.sent);
  if (!receive_ || !receive_.keys.same_key(memory.receive)) return;
  restore_streams(*receive_.session, memory.received);
  // Indices are no counts: a stream begins anywhere below 2^16, so this is that much too many at most.
  for (const auto& stream : memory.received) {
    receive_.packets += std::uint64_t{stream.rollover} << 16 | stream.highest;
    receive_.reports += stream.rtcp_index;
  }
}

void SecureSide::resume(const domain::SocketAddress& source, Monotonic now) {
  if (ice_) ice_->resume(source, now);
}

std::uint32_t SecureSide::changes() const {
  return turns_ + (send_ ? send_.session->changes() : 0) + (receive_ ? receive_.session->changes() : 0);
}

bool SecureSide::moved() {
  const auto before = std::exchange(written_, changes());
  return before != written_;
}

}  // namespace warp::media

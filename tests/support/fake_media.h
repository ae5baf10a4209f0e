// FakeMedia: a MediaPort without sockets. It says which sessions live, and what they were told.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "warp/domain/media_port.h"

namespace warp::test {

class FakeMedia final : public domain::MediaPort {
 public:
  struct Session;

  Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> open(
      const domain::MediaSessionRequest& request, Executor& where, std::function<void()> on_timeout) override;
  Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> reopen(
      const domain::MediaMemory& memory, Executor& where, std::function<void()> on_timeout) override;

  domain::MediaFingerprint fingerprint() const override { return certificate; }

  Session& only() { return **live.begin(); }
  // The media timeout of the only session.
  void strike();

  std::optional<domain::MediaError> failure;
  std::set<Session*> live;
  std::vector<domain::MediaSessionRequest> requests;
  std::uint16_t next_port = 30000;
  bool plays = true;                     // clips
  domain::MediaFingerprint certificate;  // without digest: there is no DTLS
  bool takes_digits = false;             // what send_digit() says
};

struct FakeMedia::Session final : domain::MediaSession {
  Session(FakeMedia& owner_, domain::MediaSessionRequest request_, Executor& where_,
          std::function<void()> on_timeout_)
      : owner(owner_), request(request_), where(where_), on_timeout(std::move(on_timeout_)) {
    first_port = owner.next_port;
    owner.next_port = static_cast<std::uint16_t>(first_port + 4 * kMaxStreams);
    owner.live.insert(this);
  }
  ~Session() override { owner.live.erase(this); }

  domain::MediaStreamLocal local(domain::MediaSide side, std::size_t stream) const override {
    const auto index = static_cast<std::size_t>(side);
    const bool v6 = request.sides[index].v6;
    auto ip = *domain::IpAddress::parse(v6 ? "2001:db8::1" : "198.51.100.1");
    ip.bytes[v6 ? 15 : 3] = static_cast<std::uint8_t>(1 + request.sides[index].network);
    return {{ip, static_cast<std::uint16_t>(first_port + 4 * stream + 2 * index)}};
  }
  void set_remote(domain::MediaSide side, std::size_t stream, const domain::MediaStreamRemote& remote,
                  std::shared_ptr<const domain::ClockRates> rates) override {
    remotes[{side, stream}] = remote;
    clock_rates[{side, stream}] = std::move(rates);
  }
  bool grow(std::size_t streams) override {
    if (owner.failure) return false;
    request.streams = static_cast<std::uint8_t>(std::max<std::size_t>(request.streams, streams));
    return true;
  }
  bool play(domain::MediaSide towards, std::shared_ptr<const domain::MediaClip> clip, bool loop) override {
    if (!owner.plays) return false;
    clips.push_back({towards, clip->name, loop});
    playing[towards] = clip->name;
    return true;
  }
  void stop_clip(domain::MediaSide towards) override { playing.erase(towards); }
  void add_tap(std::shared_ptr<domain::MediaTap> tap) override { taps.push_back(std::move(tap)); }
  void remove_tap(const domain::MediaTap* tap) override {
    std::erase_if(taps, [tap](const auto& known) { return known.get() == tap; });
  }
  bool send(domain::MediaSide from, std::size_t, bool rtcp, std::span<const std::byte> datagram,
            const domain::SocketAddress& to) noexcept override {
    sent.push_back({from, rtcp, {datagram.begin(), datagram.end()}, to});
    return true;
  }
  // The clip of that side was played to its end.
  void end_clip(domain::MediaSide towards) {
    playing.erase(towards);
    tell({.kind = domain::MediaEventKind::ClipEnded, .side = towards});
  }
  std::string heard_by(domain::MediaSide side) const {  // empty: no clip
    const auto found = playing.find(side);
    return found == playing.end() ? std::string() : found->second;
  }
  domain::MediaStatistics statistics() const override { return counted; }
  void judge(const std::array<std::optional<domain::VoiceCodec>, 2>& codecs) override {
    judged.push_back(codecs);
  }
  void observe(std::function<void(const domain::MediaEvent&)> on_event) override {
    observer = std::move(on_event);
  }
  // Says it on the executor of open(), as the engine does.
  void tell(const domain::MediaEvent& event) {
    where.post([told = observer, event] {
      if (told) told(event);
    });
  }
  bool send_digit(domain::MediaSide towards, char digit, std::chrono::milliseconds duration) override {
    if (owner.takes_digits) digits.push_back({towards, digit, duration});
    return owner.takes_digits;
  }
  const domain::MediaTerms& terms(domain::MediaSide side, std::size_t stream = 0) const {
    static const domain::MediaTerms kNone{};
    const auto told = remotes.find({side, stream});
    return told == remotes.end() || !told->second.terms ? kNone : *told->second.terms;
  }
  domain::MediaMemory memory() const override {
    domain::MediaMemory out{request, {}};
    for (std::size_t stream = 0; stream < request.streams; ++stream) {
      auto& kept = out.streams.emplace_back();
      for (const auto side : {domain::MediaSide::A, domain::MediaSide::B}) {
        const auto i = static_cast<std::size_t>(side);
        kept.ports[i] = local(side, stream).rtp.port;
        if (const auto told = remotes.find({side, stream}); told != remotes.end())
          kept.remotes[i] = told->second;
        if (const auto found = learned.find({side, stream}); found != learned.end())
          kept.learned[i] = found->second;
        if (const auto keyed = srtp.find({side, stream}); keyed != srtp.end()) kept.srtp[i] = keyed->second;
      }
    }
    return out;
  }

  FakeMedia& owner;
  domain::MediaSessionRequest request;
  Executor& where;
  std::function<void()> on_timeout;
  std::uint16_t first_port;
  std::map<std::pair<domain::MediaSide, std::size_t>, domain::MediaStreamRemote> remotes;
  std::map<std::pair<domain::MediaSide, std::size_t>, std::shared_ptr<const domain::ClockRates>> clock_rates;
  std::map<std::pair<domain::MediaSide, std::size_t>, domain::SocketAddress> learned;
  std::map<std::pair<domain::MediaSide, std::size_t>, domain::SrtpMemory> srtp;
  struct SentDigit {
    domain::MediaSide towards;
    char digit;
    std::chrono::milliseconds duration;
  };
  std::vector<SentDigit> digits;
  std::function<void(const domain::MediaEvent&)> observer;
  domain::MediaStatistics counted;
  std::vector<std::array<std::optional<domain::VoiceCodec>, 2>> judged;
  struct Clip {
    domain::MediaSide towards;
    std::string name;
    bool loop;
  };
  std::vector<Clip> clips;                           // all that were played
  std::map<domain::MediaSide, std::string> playing;  // by side, just now
  std::vector<std::shared_ptr<domain::MediaTap>> taps;
  struct Sent {
    domain::MediaSide from;
    bool rtcp;
    std::vector<std::byte> datagram;
    domain::SocketAddress to;
  };
  std::vector<Sent> sent;  // by send()
};

inline Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> FakeMedia::open(
    const domain::MediaSessionRequest& request, Executor& where, std::function<void()> on_timeout) {
  if (failure) return *failure;
  requests.push_back(request);
  return std::unique_ptr<domain::MediaSession>(new Session(*this, request, where, std::move(on_timeout)));
}

inline Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> FakeMedia::reopen(
    const domain::MediaMemory& memory, Executor& where, std::function<void()> on_timeout) {
  if (failure) return *failure;
  auto session = std::make_unique<Session>(*this, memory.request, where, std::move(on_timeout));
  session->first_port = memory.streams.at(0).ports[0];
  for (std::size_t stream = 0; stream < memory.streams.size(); ++stream)
    for (const auto side : {domain::MediaSide::A, domain::MediaSide::B}) {
      session->remotes[{side, stream}] = memory.streams[stream].remotes[static_cast<std::size_t>(side)];
      session->learned[{side, stream}] = memory.streams[stream].learned[static_cast<std::size_t>(side)];
      session->srtp[{side, stream}] = memory.streams[stream].srtp[static_cast<std::size_t>(side)];
    }
  return std::unique_ptr<domain::MediaSession>(std::move(session));
}

inline void FakeMedia::strike() {
  only().where.post(only().on_timeout);
}

}  // namespace warp::test

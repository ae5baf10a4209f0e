#include "state_text.h"

#include <algorithm>
#include <utility>

#include "warp/domain/text_fields.h"

#include "announce/announcing.h"
#include "charge.h"
#include "negotiation/terms_text.h"
#include "record.h"
#include "recording/siprec.h"
#include "survival.h"

namespace warp::calls {

using domain::TextFieldReader;
using domain::TextFieldWriter;

namespace {

constexpr std::string_view kVersion = "5\n";
constexpr std::string_view kWithoutClips = "4\n";
constexpr std::string_view kWithoutTerms = "3\n";
constexpr std::string_view kWithoutHold = "2\n";
constexpr std::string_view kDialogsOnly = "1\n";
constexpr std::size_t kUsualStateOctets = 2048;

void write_timer(TextFieldWriter& out, const Call& call, const SessionTimer* timer) {
  out.flag(timer != nullptr);
  if (timer == nullptr) return;
  out.number(timer->interval.count());
  out.number(timer->min_se.count());
  out.flag(timer->ours);
  out.number(wall_at(call, timer->due_at).time_since_epoch().count());
  out.text(timer->description);
}

std::optional<SavedTimer> read_timer(TextFieldReader& in) {
  if (!in.flag()) return std::nullopt;
  SavedTimer timer;
  timer.interval = std::chrono::seconds(in.number<std::int64_t>());
  timer.min_se = std::chrono::seconds(in.number<std::int64_t>());
  timer.ours = in.flag();
  timer.due_at = WallTime(std::chrono::microseconds(in.number<std::int64_t>()));
  timer.description = in.text();
  return timer;
}

void write_leg(TextFieldWriter& out, const Call& call, const Leg& leg) {
  out.text(leg.dialog ? leg.dialog->serialize() : std::string());
  out.number(leg.invite_cseq);
  out.flag(leg.acked);
  out.text(leg.ack_body);
  out.number(leg.sdp.id);
  out.number(leg.sdp.version);
  out.number(leg.sdp.source);
  out.text(leg.party.to_text());
  out.flag(leg.allows_update);
  out.number(unsigned{leg.options});
  out.text(leg.heard ? *leg.heard : std::string());
  write_timer(out, call, leg.timer.get());
}

SavedLeg read_leg(TextFieldReader& in) {
  SavedLeg leg;
  leg.dialog = sip::Dialog::restore(in.text());
  leg.invite_cseq = in.number<std::uint32_t>();
  leg.acked = in.flag();
  leg.ack_body = in.text();
  leg.sdp.id = in.number<std::uint64_t>();
  leg.sdp.version = in.number<std::uint64_t>();
  leg.sdp.source = in.number<std::uint64_t>();
  leg.party = Party::from_text(in.text());
  leg.allows_update = in.flag();
  leg.options = in.number<std::uint8_t>();
  leg.heard = in.text();
  leg.timer = read_timer(in);
  return leg;
}

void write_remote(TextFieldWriter& out, const domain::MediaStreamRemote& remote) {
  out.address(remote.rtp);
  out.address(remote.rtcp);
  out.flag(remote.rtcp_mux);
  out.flag(remote.expect_rtp);
  out.flag(remote.opaque);
}

domain::MediaStreamRemote read_remote(TextFieldReader& in) {
  domain::MediaStreamRemote remote;
  remote.rtp = in.address();
  remote.rtcp = in.address();
  remote.rtcp_mux = in.flag();
  remote.expect_rtp = in.flag();
  remote.opaque = in.flag();
  return remote;
}

void write_media(TextFieldWriter& out, const domain::MediaSession* media) {
  out.flag(media != nullptr);
  if (media == nullptr) return;
  const domain::MediaMemory memory = media->memory();
  for (const auto& side : memory.request.sides) {
    // One field for two: states of before there were networks have the family alone.
    out.number(2u * side.network + (side.v6 ? 1u : 0u));
    out.flag(side.symmetric_rtp);
  }
  out.number(memory.request.timeout.count());
  out.number(memory.streams.size());
  for (const auto& stream : memory.streams)
    for (std::size_t side = 0; side < 2; ++side) {
      out.number(stream.ports[side]);
      write_remote(out, stream.remotes[side]);
      out.address(stream.learned[side]);
    }
}

std::optional<domain::MediaMemory> read_media(TextFieldReader& in) {
  if (!in.flag()) return std::nullopt;
  domain::MediaMemory memory;
  for (auto& side : memory.request.sides) {
    const auto place = in.number<std::uint16_t>();
    side.v6 = place % 2u != 0;
    side.network = static_cast<std::uint8_t>(place / 2u);
    side.symmetric_rtp = in.flag();
  }
  memory.request.timeout = std::chrono::seconds(in.number<std::int64_t>());
  const auto streams = in.number<std::size_t>();
  if (streams == 0 || streams > domain::MediaSession::kMaxStreams) return std::nullopt;
  memory.request.streams = static_cast<std::uint8_t>(streams);
  memory.streams.resize(streams);
  for (auto& stream : memory.streams)
    for (std::size_t side = 0; side < 2; ++side) {
      stream.ports[side] = in.number<std::uint16_t>();
      stream.remotes[side] = read_remote(in);
      stream.learned[side] = in.address();
    }
  return memory;
}

constexpr std::size_t kMostMids = domain::MediaSession::kMaxStreams;

void write_clips(TextFieldWriter& out, const Call& call) {
  static const std::vector<std::string> kNone;
  for (std::size_t side = 0; side < call.legs.size(); ++side) {
    out.text(call.announcing ? call.announcing->music[side] : std::string());
    const auto& mids = call.legs[side].mids ? *call.legs[side].mids : kNone;
    const std::size_t count = std::min(mids.size(), kMostMids);
    out.number(count);
    for (std::size_t i = 0; i < count; ++i)
      out.text(mids[i]);
  }
}

void read_clips(TextFieldReader& in, SavedCall& saved) {
  for (SavedLeg& leg : saved.legs) {
    leg.music = in.text();
    leg.mids.resize(std::min(in.number<std::size_t>(), kMostMids));
    for (auto& mid : leg.mids)
      mid = in.text();
  }
}

// What MediaTerms had no field for in earlier versions.
void write_fax_marks(TextFieldWriter& out, const domain::MediaMemory& memory) {
  for (const auto& stream : memory.streams)
    for (const auto& remote : stream.remotes)
      out.flag(remote.terms && remote.terms->fax_audio);
}

void read_fax_marks(TextFieldReader& in, domain::MediaMemory& memory) {
  for (auto& stream : memory.streams)
    for (auto& remote : stream.remotes) {
      if (!in.flag() || !remote.terms) continue;
      domain::MediaTerms terms = *remote.terms;
      terms.fax_audio = true;
      remote.terms = std::make_shared<const domain::MediaTerms>(std::move(terms));
    }
}

Legs restore_first_version(std::string_view state) {
  Legs legs;
  for (auto* leg : {&legs.caller, &legs.callee}) {
    const std::size_t end = state.find('\n');
    const auto size =
        parse_number<std::size_t>(state.substr(0, std::min(end, state.size())), 0, state.size());
    if (end == std::string_view::npos || !size || end + 1 + *size > state.size()) return legs;
    *leg = sip::Dialog::restore(state.substr(end + 1, *size));
    state.remove_prefix(end + 1 + *size);
    if (state.starts_with('\n')) state.remove_prefix(1);
  }
  return legs;
}

}  // namespace

std::string write_state(const Call& call) {
  std::string text(kVersion);
  text.reserve(kUsualStateOctets);
  TextFieldWriter out(text);
  for (const Leg& leg : call.legs)
    write_leg(out, call, leg);
  out.number(call.max_duration.count());
  out.number(call.media_timeout.count());
  for (const bool symmetric : call.symmetric_rtp)
    out.flag(symmetric);
  write_media(out, call.media.get());
  charge_saved(out, call);
  if (call.media) write_terms(out, call.media->memory());
  write_clips(out, call);
  if (call.media) write_fax_marks(out, call.media->memory());
  if (const std::string siprec = save_siprec(call); !siprec.empty()) out.text(siprec);
  return text;
}

std::optional<SavedCall> read_state(std::string_view text) {
  const bool sounds = text.starts_with(kVersion);
  const bool agrees = sounds || text.starts_with(kWithoutClips);
  const bool holds = agrees || text.starts_with(kWithoutTerms);
  if (!holds && !text.starts_with(kWithoutHold)) return std::nullopt;
  TextFieldReader in(text.substr(kVersion.size()));
  SavedCall saved;
  for (SavedLeg& leg : saved.legs)
    leg = read_leg(in);
  saved.max_duration = std::chrono::seconds(in.number<std::int64_t>());
  saved.media_timeout = std::chrono::seconds(in.number<std::int64_t>());
  for (bool& symmetric : saved.symmetric_rtp)
    symmetric = in.flag();
  saved.media = read_media(in);
  if (holds) saved.hold = charge_restored(in);
  if (agrees && saved.media) read_terms(in, *saved.media);
  if (sounds) read_clips(in, saved);
  if (sounds && saved.media) read_fax_marks(in, *saved.media);
  if (sounds && in.ok() && !in.at_end()) saved.siprec = in.text();
  if (!in.ok()) return std::nullopt;
  return saved;
}

Legs restore_legs(std::string_view state) {
  if (state.starts_with(kDialogsOnly)) return restore_first_version(state.substr(kDialogsOnly.size()));
  auto saved = read_state(state);
  if (!saved) return {};
  return {std::move(saved->legs[0].dialog), std::move(saved->legs[1].dialog)};
}

std::vector<LocalPort> media_ports_of(std::string_view state) {
  std::vector<LocalPort> ports;
  const auto saved = read_state(state);
  if (!saved || !saved->media) return ports;
  for (const auto& stream : saved->media->streams)
    for (std::size_t side = 0; side < 2; ++side)
      ports.push_back({saved->media->request.sides[side].v6, stream.ports[side],
                       saved->media->request.sides[side].network});
  return ports;
}

}  // namespace warp::calls

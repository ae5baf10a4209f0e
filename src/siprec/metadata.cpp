#include "warp/siprec/metadata.h"

#include <array>
#include <cstdio>
#include <ctime>

#include <openssl/evp.h>

#include "warp/base/text.h"

#include "xml.h"

namespace warp::siprec {
namespace {

constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:recording:1";

std::string id_text(const Uuid& id) {
  std::array<unsigned char, 25> out{};  // 24 digits and the zero that the library sets
  EVP_EncodeBlock(out.data(), id.bytes.data(), static_cast<int>(id.bytes.size()));
  return reinterpret_cast<const char*>(out.data());
}

std::string time_text(WallTime at) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(at);
  const std::time_t seconds_of_it = whole.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds_of_it, &parts);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(duration_cast<milliseconds>(at - whole).count()));
  return out.data();
}

void put_time(XmlWriter& xml, std::string_view name, const std::optional<WallTime>& at) {
  if (at) xml.leaf(name, time_text(*at));
}

void put_span(XmlWriter& xml, const Span& span) {
  put_time(xml, "associate-time", span.from);
  put_time(xml, "disassociate-time", span.until);
}

void put(XmlWriter& xml, const Session& session) {
  xml.open("session", {{"session_id", id_text(session.id)}});
  if (!session.reason.empty()) xml.leaf("reason", session.reason);
  if (session.group) xml.leaf("group-ref", id_text(*session.group));
  put_time(xml, "start-time", session.start);
  put_time(xml, "stop-time", session.stop);
  xml.close("session");
}

void put(XmlWriter& xml, const Participant& participant) {
  xml.open("participant", {{"participant_id", id_text(participant.id)}});
  xml.open("nameID", {{"aor", participant.aor}});
  if (!participant.name.empty()) xml.leaf("name", participant.name);
  xml.close("nameID");
  xml.close("participant");
}

void put(XmlWriter& xml, const Stream& stream) {
  xml.open("stream", {{"stream_id", id_text(stream.id)}, {"session_id", id_text(stream.session)}});
  xml.leaf("label", stream.label);
  xml.close("stream");
}

void put(XmlWriter& xml, const SessionRecording& recorded) {
  xml.open("sessionrecordingassoc", {{"session_id", id_text(recorded.session)}});
  put_span(xml, recorded.span);
  xml.close("sessionrecordingassoc");
}

void put(XmlWriter& xml, const ParticipantSession& present) {
  xml.open("participantsessionassoc",
           {{"participant_id", id_text(present.participant)}, {"session_id", id_text(present.session)}});
  put_span(xml, present.span);
  xml.close("participantsessionassoc");
}

void put(XmlWriter& xml, const ParticipantStream& heard) {
  xml.open("participantstreamassoc", {{"participant_id", id_text(heard.participant)}});
  for (const Uuid& stream : heard.sends)
    xml.leaf("send", id_text(stream));
  for (const Uuid& stream : heard.receives)
    xml.leaf("recv", id_text(stream));
  put_span(xml, heard.span);
  xml.close("participantstreamassoc");
}

template <class Items>
void put_all(XmlWriter& xml, const Items& items) {
  for (const auto& item : items)
    put(xml, item);
}

}  // namespace

std::string_view to_string(DataMode mode) {
  switch (mode) {
    case DataMode::Complete:
      return "complete";
    case DataMode::Partial:
      return "partial";
  }
  return "complete";
}

std::string write(const Metadata& metadata) {
  XmlWriter xml;
  xml.open("recording", {{"xmlns", std::string(kNamespace)}});
  xml.leaf("datamode", to_string(metadata.mode));
  for (const Uuid& group : metadata.groups) {
    xml.open("group", {{"group_id", id_text(group)}});
    xml.close("group");
  }
  put_all(xml, metadata.sessions);
  put_all(xml, metadata.participants);
  put_all(xml, metadata.streams);
  put_all(xml, metadata.recorded);
  put_all(xml, metadata.present);
  put_all(xml, metadata.heard);
  xml.close("recording");
  return xml.take();
}

bool asks_for_snapshot(std::string_view content_type, std::string_view body) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kFamily = "application/rs-metadata";
  return iequals(type.substr(0, kFamily.size()), kFamily) &&
         body.find("requestsnapshot") != std::string_view::npos;
}

}  // namespace warp::siprec

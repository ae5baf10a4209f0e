// /recordings: calls that were recorded, their files, and taking them away. /calls/{id}/recording: beginning
// and stopping by hand.
#include "warp/store/recordings.h"

#include "call_acts.h"
#include "formats.h"

namespace warp::api {
namespace {

using domain::RecordingForm;
using domain::RecordingId;

const Paging kRecordingPaging;
constexpr const char* kRecordingsTag = "Recordings";
constexpr const char* kRecordings = "/recordings";
constexpr const char* kOneRecording = "/recordings/{recording_id:uuid}";

Sorting recording_sorting() {
  return {{{"started_at", SortType::Time}}, "-started_at"};
}

Schema recording_schema() {
  return {"Recording",
          {uuid("id"), uuid("customer_id"), uuid("call_id"), uuid("record_id").or_null(),
           uuid("trunk_id").or_null(), text("node").says("That has the file."),
           text("form").one_of({"wav", "wav_stereo", "pcap"}), instant("started_at"),
           instant("ended_at").or_null().says("Null: it runs."),
           text("cause")
               .one_of({"call_ended", "asked", "quota", "disk_failed", "process_killed"})
               .or_null()
               .says("What ended it."),
           boolean("available").says("The file is on the node."), integer("octets"), integer("length_ms"),
           integer("packets_lost").says("By the recorder; not by the network."), boolean("encrypted"),
           text("sha256").says("Of the file as it lies there; empty: none."),
           instant("uploaded_at").or_null(), instant("expires_at").or_null()}};
}

Json show(const store::Recording& row) {
  Json out;
  out["id"] = row.id.to_string();
  out["customer_id"] = row.customer.to_string();
  out["call_id"] = row.call.to_string();
  out["record_id"] = id_or_null(row.record);
  out["trunk_id"] = id_or_null(row.trunk);
  out["node"] = row.node;
  out["form"] = to_string(row.form);
  out["started_at"] = timestamp(row.started_at);
  out["ended_at"] = timestamp(row.ended_at);
  out["cause"] = row.cause ? Json(to_string(*row.cause)) : Json();
  out["available"] = row.ended_at.has_value() && !row.file.empty();
  out["octets"] = row.octets;
  out["length_ms"] = row.length_ms;
  out["packets_lost"] = row.packets_lost;
  out["encrypted"] = row.encrypted;
  out["sha256"] = row.sha256;
  out["uploaded_at"] = timestamp(row.uploaded_at);
  out["expires_at"] = timestamp(row.expires_at);
  return out;
}

Answer list_recordings(Services& services, Call call) {
  const auto page = read_window(call.query, kRecordingPaging, recording_sorting());
  if (!page) co_return page.error();
  store::RecordingFilter filter;
  filter.customer = call.customer();
  if (const auto id = take<std::string>(call.query, "call_id")) filter.call = CallId::parse(*id);
  if (const auto id = take<std::string>(call.query, "trunk_id")) filter.trunk = TrunkId::parse(*id);
  if (const auto at = take<std::string>(call.query, "from")) filter.from = parse_timestamp(*at);
  if (const auto at = take<std::string>(call.query, "to")) filter.to = parse_timestamp(*at);
  store::RecordingRepository recordings(services.pool);
  auto listing = recordings.list(call.actor(), filter, *page);
  const auto found = co_await std::move(listing);
  if (!found) co_return from_store(found.error(), "recording");
  co_return window_reply(*found, *page, [](const auto& row) { return show(row); });
}

Answer get_recording(Services& services, Call call) {
  store::RecordingRepository recordings(services.pool);
  auto getting = recordings.get(call.actor(), call.id<RecordingId>("recording_id"));
  const auto found = co_await std::move(getting);
  if (!found) co_return from_store(found.error(), "recording");
  co_return reply_with(show(*found));
}

Failure no_file(const store::Recording& row) {
  const bool running = !row.ended_at;
  Failure failure{ErrorCode::Conflict,
                  running ? "The recording runs still." : "Its file is not on this node."};
  failure.details["reason"] = running ? "running" : row.file.empty() ? "no_file" : "on_another_node";
  failure.details["node"] = row.node;
  return failure;
}

Answer download_recording(Services& services, Call call) {
  store::RecordingRepository recordings(services.pool);
  auto getting = recordings.get(call.actor(), call.id<RecordingId>("recording_id"));
  const auto found = co_await std::move(getting);
  if (!found) co_return from_store(found.error(), "recording");
  if (!found->ended_at || found->file.empty() || !services.ports.recordings) co_return no_file(*found);
  Reply reply;
  reply.source = services.ports.recordings->open(found->file);
  if (!reply.source) co_return no_file(*found);
  auto noting = recordings.note(call.actor(), *found, "download");
  const auto noted = co_await std::move(noting);
  if (!noted) co_return from_store(noted.error(), "recording");
  const bool pcap = found->form == RecordingForm::Pcap;
  reply.headers.set("Content-Type", pcap ? "application/vnd.tcpdump.pcap" : "audio/wav");
  reply.headers.set("Content-Disposition",
                    "attachment; filename=\"" + found->id.to_string() + (pcap ? ".pcap\"" : ".wav\""));
  co_return reply;
}

Answer delete_recording(Services& services, Call call) {
  store::RecordingRepository recordings(services.pool);
  auto removing = recordings.remove(call.actor(), call.id<RecordingId>("recording_id"));
  const auto gone = co_await std::move(removing);
  if (!gone) co_return from_store(gone.error(), "recording");
  auto noting = recordings.note(call.actor(), *gone, "delete");
  const auto noted = co_await std::move(noting);
  if (!noted) co_return from_store(noted.error(), "recording");
  if (services.ports.recordings) services.ports.recordings->clear();
  co_return no_content();
}

Endpoint recording_endpoint(const char* path, const char* summary, const char* scope, Action action) {
  Endpoint endpoint;
  endpoint.path = path;
  endpoint.summary = summary;
  endpoint.tag = kRecordingsTag;
  endpoint.action = std::move(action);
  endpoint.scope = scope;
  endpoint.of_customer = true;
  endpoint.errors = {ErrorCode::NotFound};
  endpoint.etag = false;
  return endpoint;
}

}  // namespace

void add_recordings(EndpointTable& table, Services& services) {
  auto list_all = recording_endpoint(kRecordings, "Recordings of calls, the latest first", "recordings:read",
                                     act(services, list_recordings));
  list_all.query = window_fields(kRecordingPaging, recording_sorting());
  for (auto& field : {uuid("call_id"), uuid("trunk_id"), instant("from").says("Begun then or later."),
                      instant("to").says("Begun before.")})
    list_all.query.push_back(field);
  list_all.answer_kind = AnswerKind::Page;
  list_all.answer = recording_schema();
  list_all.errors = {};
  table.push_back(std::move(list_all));
  auto get_one =
      recording_endpoint(kOneRecording, "A recording", "recordings:read", act(services, get_recording));
  get_one.answer = recording_schema();
  table.push_back(std::move(get_one));
  auto audio = recording_endpoint("/recordings/{recording_id:uuid}/audio",
                                  "What was recorded, decrypted: audio/wav, or application/vnd.tcpdump.pcap; "
                                  "who fetched it is in the audit trail",
                                  "recordings:listen", act(services, download_recording));
  audio.answer_kind = AnswerKind::Octets;
  audio.errors = {ErrorCode::NotFound, ErrorCode::Conflict};
  table.push_back(std::move(audio));
  auto remove = recording_endpoint(kOneRecording, "Delete a recording and its file", "recordings:write",
                                   act(services, delete_recording));
  remove.method = http::Method::Delete;
  remove.answer_kind = AnswerKind::Nothing;
  remove.status = 204;
  table.push_back(std::move(remove));
  add_call_recordings(table, services);
}

}  // namespace warp::api

// /calls/{id}/recording: recording calls by hand.
#include "call_acts.h"

namespace warp::api {
namespace {

using domain::RecordingForm;

constexpr const char* kSiprec = "siprec";
constexpr const char* kCallRecording = "/calls/{call_id:uuid}/recording";

std::optional<Failure> failure_of_recording(CallRecording outcome) {
  const auto conflict = [](const char* sentence, const char* reason) {
    Failure failure{ErrorCode::Conflict, sentence};
    failure.details["reason"] = reason;
    return failure;
  };
  switch (outcome) {
    case CallRecording::Done:
      return std::nullopt;
    case CallRecording::NoSuchCall:
      return not_found("call");
    case CallRecording::NotUp:
      return conflict("The call is not answered yet.", "not_up");
    case CallRecording::NoMedia:
      return conflict("The call's media go around the platform.", "no_media");
    case CallRecording::Already:
      return conflict("The call is being recorded already.", "already");
    case CallRecording::NotRecorded:
      return conflict("The call is not being recorded.", "not_recorded");
    case CallRecording::Refused:
      return conflict("Its node makes no recordings, has no such recorder, or no room for a file.",
                      "refused");
  }
  return not_found("call");
}

Answer start_recording(Services& services, Call call) {
  auto claiming = claim_call(services, call, "record");
  const auto found = co_await std::move(claiming);
  if (!found) co_return found.error();
  const auto form = take<std::string>(call.body, "form").value_or("wav_stereo");
  domain::RecordingWish wish;
  wish.siprec = form == kSiprec;
  wish.form = domain::parse_recording_form(form).value_or(RecordingForm::WavStereo);
  wish.tone = take<bool>(call.body, "tone").value_or(false);
  wish.recorder = take<std::string>(call.body, "recorder").value_or("");
  wish.mask_digits = take<bool>(call.body, "mask_digits").value_or(false);
  auto starting = services.ports.calls->start_recording(found->id, call.customer(), wish);
  const auto begun = co_await std::move(starting);
  if (auto failure = failure_of_recording(begun.outcome)) co_return std::move(*failure);
  Json data;
  data["id"] = found->id;
  data["recording_id"] = begun.id;
  data["recording"] = true;
  data["form"] = form;
  data["tone"] = wish.tone;
  co_return reply_with(std::move(data), 201);
}

Answer stop_recording(Services& services, Call call) {
  auto claiming = claim_call(services, call, "stop_recording");
  const auto found = co_await std::move(claiming);
  if (!found) co_return found.error();
  auto stopping = services.ports.calls->stop_recording(found->id, call.customer());
  const auto outcome = co_await std::move(stopping);
  if (auto failure = failure_of_recording(outcome)) co_return std::move(*failure);
  co_return no_content();
}

Endpoint call_recording(const char* summary, Action action) {
  Endpoint endpoint;
  endpoint.path = kCallRecording;
  endpoint.summary = summary;
  endpoint.tag = "Recordings";
  endpoint.action = std::move(action);
  endpoint.scope = "calls:control";
  endpoint.of_customer = true;
  endpoint.errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::GatewayUnavailable};
  endpoint.etag = false;
  return endpoint;
}

}  // namespace

void add_call_recordings(EndpointTable& table, Services& services) {
  auto start = call_recording("Record a call that is up, from now on", act(services, start_recording));
  start.method = http::Method::Post;
  start.body_kind = BodyKind::Json;
  start.body = {"CallRecordingStart",
                {text("form")
                     .one_of({"wav", "wav_stereo", "pcap", kSiprec})
                     .says("Default wav_stereo: caller left. siprec: sent to a recorder (RFC 7866)."),
                 boolean("tone").says("Both sides hear a beep, and again every 15 seconds."),
                 text("recorder", 64).says("With siprec: whose recorders; empty: those without a name."),
                 boolean("mask_digits").says("With siprec: digits (RFC 4733) are not sent to it.")}};
  start.answer = {"CallRecording",
                  {uuid("id").says("Of the call."), uuid("recording_id").says("As in /recordings."),
                   boolean("recording"), text("form"), boolean("tone")}};
  start.status = 201;
  table.push_back(std::move(start));
  auto stop = call_recording("Record no more of a call; what there is stays", act(services, stop_recording));
  stop.method = http::Method::Delete;
  stop.answer_kind = AnswerKind::Nothing;
  stop.status = 204;
  table.push_back(std::move(stop));
}

}  // namespace warp::api

// Recordings over the API: listed, heard and deleted by their owner alone; calls recorded by hand.
#include "warp/store/recordings.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiRecordings : public ApiFixture {
 protected:
  // A recording of this customer, finished unless `running`; its id.
  std::string recorded(const std::string& whose, const std::string& form = "wav", bool running = false) {
    const auto id = sql("SELECT gen_random_uuid()");
    const auto file = "2025/06/15/" + id + "." + form;
    sql("INSERT INTO records.recordings (id, customer_id, call_id, node, form, started_at, file" +
        std::string(running ? "" : ", ended_at, cause, octets, length_ms") + ") VALUES ('" + id + "', '" +
        whose + "', '" + id + "', 'n1', '" + form + "', now(), '" + (running ? "" : file) + "'" +
        (running ? "" : ", now(), 'call_ended', 48, 1000") + ")");
    if (!running) server_.recordings.files[file] = "RIFF of " + id;
    return id;
  }
  std::string audited(const std::string& id) {
    return sql(
        "SELECT string_agg(event, ' ' ORDER BY id) FROM audit.events WHERE object_type = 'recording' "
        "AND object_id = '" +
        id + "'");
  }
  std::string call_of(const std::string& whose) {
    api::ActiveCall call;
    call.id = sql("SELECT gen_random_uuid()");
    call.node = "n1";
    call.customer = *CustomerId::parse(whose);
    call.state = "up";
    call.direction = "outbound";
    server_.calls.calls = {call};
    server_.calls.outcome = api::CallRecording::Done;
    server_.calls.wished.clear();
    return call.id;
  }
};

TEST_F(ApiRecordings, AreListedToTheirOwner) {
  const auto id = recorded(customer);
  recorded(other);
  const auto list = get("/v1/recordings", key);
  ASSERT_EQ(list.status, 200u) << list.text;
  ASSERT_EQ(list.data().size(), 1u);
  EXPECT_EQ(list.data()[0]["id"], id);
  EXPECT_EQ(list.data()[0]["available"], true);
  EXPECT_EQ(list.data()[0]["cause"], "call_ended");
  EXPECT_EQ(get("/v1/recordings/" + id, key).data()["length_ms"], 1000);
  EXPECT_EQ(get("/v1/recordings/" + id, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(get("/v1/recordings?call_id=" + id, key).data().size(), 1u);
  EXPECT_EQ(get("/v1/recordings?call_id=" + std::string(kNobody), key).data().size(), 0u);
  EXPECT_EQ(get("/v1/recordings?trunk_id=" + std::string(kNobody), key).data().size(), 0u);
  EXPECT_EQ(get("/v1/recordings?from=2099-01-01T00:00:00Z", key).data().size(), 0u);
  EXPECT_EQ(get("/v1/recordings?limit=1&sort=-started_at", key).data().size(), 1u);
}

TEST_F(ApiRecordings, AreHeardByWhoMayAndThatIsWrittenDown) {
  const auto id = recorded(customer);
  const auto path = "/v1/recordings/" + id + "/audio";
  const auto heard = get(path, key);
  EXPECT_EQ(heard.status, 200u);
  EXPECT_EQ(heard.text, "RIFF of " + id);
  EXPECT_EQ(heard.headers.get_or("Content-Type", ""), "audio/wav");
  EXPECT_EQ(get(path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path, key_of(customer, {"recordings:read"})).code(), "FORBIDDEN");
  EXPECT_EQ(audited(id), "download");
  const auto packets = recorded(customer, "pcap");
  EXPECT_EQ(get("/v1/recordings/" + packets + "/audio", key).headers.get_or("Content-Type", ""),
            "application/vnd.tcpdump.pcap");
}

TEST_F(ApiRecordings, WhatIsNotHereSaysWhy) {
  const auto running = recorded(customer, "wav", true);
  const auto reason = [&](const std::string& id) {
    const auto reply = get("/v1/recordings/" + id + "/audio", key);
    EXPECT_EQ(reply.code(), "CONFLICT");
    return reply.body["error"]["details"]["reason"].get<std::string>();
  };
  EXPECT_EQ(reason(running), "running");
  const auto away = recorded(customer);
  server_.recordings.files.clear();
  EXPECT_EQ(reason(away), "on_another_node");
  sql("UPDATE records.recordings SET file = '' WHERE id = '" + away + "'");
  EXPECT_EQ(reason(away), "no_file");
  EXPECT_EQ(audited(away), "") << "nobody has heard it";
}

TEST_F(ApiRecordings, AreDeletedOnce) {
  const auto id = recorded(customer);
  const auto path = "/v1/recordings/" + id;
  const auto before = server_.recordings.cleared;
  EXPECT_EQ(ask("DELETE", path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", path, key_of(customer, {"recordings:read", "recordings:listen"})).status, 403u);
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(server_.recordings.cleared, before + 1);
  EXPECT_EQ(ask("DELETE", path, key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path + "/audio", key).code(), "NOT_FOUND");
  EXPECT_EQ(audited(id), "delete");
}

TEST_F(ApiRecordings, ACallIsRecordedByHand) {
  const auto path = "/v1/calls/" + call_of(customer) + "/recording";
  const auto begun = ask("POST", path, key, {{"form", "wav"}, {"tone", true}});
  EXPECT_EQ(begun.status, 201u) << begun.text;
  EXPECT_EQ(begun.data()["recording_id"], "0193a1b2-0000-7000-8000-00000000abcd");
  EXPECT_EQ(server_.calls.wished, "wav with tone");
  EXPECT_EQ(ask("POST", path, key, Json::object()).data()["form"], "wav_stereo");
  const auto sent =
      ask("POST", path, key, {{"form", "siprec"}, {"recorder", "legal"}, {"mask_digits", true}});
  EXPECT_EQ(sent.data()["form"], "siprec");
  EXPECT_EQ(server_.calls.wished, "siprec legal without digits");
  EXPECT_EQ(ask("POST", path, key, {{"form", "mp3"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(server_.calls.wished, "stop");
  EXPECT_EQ(ask("POST", path, other_key, Json::object()).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path, key_of(customer, {"calls:read"}), Json::object()).code(), "FORBIDDEN");
}

TEST_F(ApiRecordings, ACallThatCannotBeRecordedSaysWhy) {
  const auto path = "/v1/calls/" + call_of(customer) + "/recording";
  const std::vector<std::pair<api::CallRecording, std::string>> cases{
      {api::CallRecording::NotUp, "not_up"},
      {api::CallRecording::NoMedia, "no_media"},
      {api::CallRecording::Already, "already"},
      {api::CallRecording::NotRecorded, "not_recorded"},
      {api::CallRecording::Refused, "refused"}};
  for (const auto& [outcome, reason] : cases) {
    server_.calls.outcome = outcome;
    const auto reply = ask("POST", path, key, Json::object());
    EXPECT_EQ(reply.code(), "CONFLICT");
    EXPECT_EQ(reply.body["error"]["details"]["reason"], reason);
  }
  server_.calls.outcome = api::CallRecording::NoSuchCall;
  EXPECT_EQ(ask("POST", path, key, Json::object()).code(), "NOT_FOUND");
}

}  // namespace
}  // namespace warp::test

// Attachments over the API: uploaded, read by their owner alone, taken along by messages.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiMedia : public ApiFixture {
 protected:
  ApiReply upload(const std::string& octets, const std::string& type, const std::string& more = "") {
    return send("POST", "/v1/messaging/media", key, octets, type, more);
  }
  static Json message(const std::string& id) {
    return {{"from", "12025550001"}, {"to", "+442079460000"}, {"body", "hello"}, {"media_ids", {id}}};
  }
};

TEST_F(ApiMedia, ComesBackAsItWas) {
  const std::string octets("\x89PNG\0\xFF and so on", 16);
  const auto reply = upload(octets, "image/png; charset=binary",
                            "Content-Disposition: attachment; filename=\"a b.png\"\r\n");
  ASSERT_EQ(reply.status, 201u) << reply.text;
  EXPECT_EQ(reply.data()["content_type"], "image/png");
  EXPECT_EQ(reply.data()["name"], "a b.png");
  EXPECT_EQ(reply.data()["octets"], octets.size());
  EXPECT_EQ(reply.data()["sha256"].get<std::string>().size(), 64u);
  const auto path = "/v1/messaging/media/" + reply.id();
  const auto read = get(path, key);
  EXPECT_EQ(read.status, 200u);
  EXPECT_EQ(read.text, octets);
  EXPECT_EQ(read.headers.get_or("Content-Type", ""), "image/png");
  EXPECT_EQ(read.headers.get_or("X-Content-Type-Options", ""), "nosniff");
  EXPECT_EQ(get(path, other_key).code(), "NOT_FOUND");
}

TEST_F(ApiMedia, AFormsFileIsTaken) {
  const auto reply = upload(
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nline\r\n--not the end\r\n--b--\r\n",
      "multipart/form-data; boundary=b");
  ASSERT_EQ(reply.status, 201u) << reply.text;
  EXPECT_EQ(reply.data()["name"], "note.txt");
  EXPECT_EQ(get("/v1/messaging/media/" + reply.id(), key).text, "line\r\n--not the end");
}

TEST_F(ApiMedia, AMessageTakesItAlongAndKeepsIt) {
  const auto media = upload("octets", "image/png");
  const auto reply = ask("POST", "/v1/messaging/mms", key, message(media.id()));
  ASSERT_EQ(reply.status, 201u) << reply.text;
  EXPECT_EQ(reply.data()["media"][0]["id"], media.id());
  EXPECT_EQ(reply.data()["media_urls"][0], "/api/v1/messaging/media/" + media.id());
  const auto given = server_.messaging.submitted().back();
  ASSERT_TRUE(given.rich);
  EXPECT_EQ(given.rich->media.at(0).octets, 6u);
  auto& postgres = Postgres::instance();
  EXPECT_EQ(postgres.run(postgres.migrated_database(),
                         "SELECT keep_until > now() + interval '29 days' FROM sms.media WHERE id = '" +
                             media.id() + "'"),
            "t");
  // With attachments, /messages sends an MMS.
  EXPECT_EQ(ask("POST", "/v1/messages", key, message(media.id())).status, 201u);
  EXPECT_EQ(server_.messaging.submitted().back().kind, domain::MessageKind::Mms);
}

TEST_F(ApiMedia, SomebodyElsesIsMissing) {
  const auto media = upload("octets", "image/png");
  const auto reply = ask("POST", "/v1/messaging/mms", other_key, message(media.id()));
  EXPECT_EQ(reply.code(), "MEDIA_REFUSED");
  EXPECT_EQ(reply.body["error"]["details"]["reason"], "missing");
}

TEST_F(ApiMedia, TooLargeIsRefused) {
  const auto reply = upload(std::string((5 << 20) + 1, 'x'), "image/png");
  EXPECT_EQ(reply.code(), "MEDIA_REFUSED");
  EXPECT_EQ(reply.body["error"]["details"]["reason"], "too_large");
}

}  // namespace
}  // namespace warp::test

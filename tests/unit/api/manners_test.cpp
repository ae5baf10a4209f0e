#include "../src/api/manners.h"

#include <zlib.h>

#include "../src/api/compression.h"
#include "unit/api/world.h"

namespace warp::api {
namespace {

std::string unzipped(std::string_view octets) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
  stream.avail_in = static_cast<uInt>(octets.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    char room[4096];
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof room;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(room, sizeof room - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  EXPECT_EQ(state, Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

TEST(Manners, AcceptListsAreReadByWordAndWeight) {
  EXPECT_TRUE(takes("gzip", "gzip"));
  EXPECT_TRUE(takes("br;q=1.0, GZIP;q=0.5", "gzip"));
  EXPECT_TRUE(takes("application/json, application/problem+json", "application/problem+json"));
  EXPECT_FALSE(takes("gzip;q=0", "gzip"));
  EXPECT_FALSE(takes("gzip; q=0.000", "gzip"));
  EXPECT_FALSE(takes("gzipped", "gzip"));
  EXPECT_FALSE(takes("", "gzip"));
  EXPECT_FALSE(takes(",,;", "gzip"));
}

TEST(Manners, AnEtagIsNamedHoweverItWasSent) {
  const auto etag = etag_of("{}");
  EXPECT_EQ(etag.size(), 18u);
  EXPECT_NE(etag, etag_of("{ }"));
  const auto bare = etag.substr(1, 16);
  EXPECT_TRUE(names_etag(etag, etag));
  EXPECT_TRUE(names_etag("\"x\", W/" + etag, etag));
  EXPECT_TRUE(names_etag("\"" + bare + "-gzip\"", etag));
  EXPECT_TRUE(names_etag("*", etag));
  EXPECT_FALSE(names_etag("\"x\"", etag));
  EXPECT_FALSE(names_etag("", etag));
}

TEST(Manners, OnlyAGoodTraceparentIsTakenOver) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", parent = "b7ad6b7169203331";
  EXPECT_EQ(trace_id_of("00-" + trace + "-" + parent + "-01"), trace);
  EXPECT_EQ(trace_id_of("cc-" + trace + "-" + parent + "-01"), trace);
  for (const auto& bad :
       {std::string(), "00-" + trace, "ff-" + trace + "-" + parent + "-01",
        "00-" + std::string(32, '0') + "-" + parent + "-01",
        "00-" + trace + "-" + std::string(16, '0') + "-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01", "00-" + trace + "-" + parent + "-01-more",
        "00-" + trace + "_" + parent + "-01", "00-" + trace + "-" + parent + "-0g", std::string(4096, '-')})
    EXPECT_FALSE(trace_id_of(bad)) << bad;
}

TEST(Manners, GzipIsUndoneByAnybodysGunzip) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "line " + std::to_string(i * 7919) + "\n";
  const auto packed = gzip(text);
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size(), text.size() / 2);
  EXPECT_EQ(unzipped(*packed), text);
  EXPECT_EQ(unzipped(*gzip("")), "");
}

class Pieces final : public http::BodySource {
 public:
  explicit Pieces(std::vector<std::string> pieces, bool breaks = false)
      : pieces_(std::move(pieces)), breaks_(breaks) {}
  asio::awaitable<Piece> next() override {
    Piece piece;
    if (at_ < pieces_.size())
      piece.data = pieces_[at_++];
    else
      piece.ok = !breaks_;
    co_return piece;
  }

 private:
  std::vector<std::string> pieces_;
  const bool breaks_;
  std::size_t at_ = 0;
};

http::BodySource::Piece next_of(http::BodySource& source) {
  asio::io_context io;
  auto piece = asio::co_spawn(io, source.next(), asio::use_future);
  io.run();
  return piece.get();
}

TEST(Manners, AStreamIsCompressedAsItComes) {
  std::vector<std::string> pieces;
  std::string whole;
  for (int i = 0; i < 50; ++i)
    whole +=
        pieces.emplace_back("piece " + std::to_string(i) + std::string(300, static_cast<char>('a' + i % 26)));
  const auto source = gzip(std::make_unique<Pieces>(pieces));
  std::string packed;
  while (true) {
    const auto piece = next_of(*source);
    ASSERT_TRUE(piece.ok);
    if (piece.data.empty()) break;
    packed += piece.data;
  }
  EXPECT_EQ(unzipped(packed), whole);

  const auto broken = gzip(std::make_unique<Pieces>(std::vector<std::string>{"a"}, true));
  auto piece = next_of(*broken);
  while (piece.ok && !piece.data.empty())
    piece = next_of(*broken);
  EXPECT_FALSE(piece.ok) << "half is never taken for the whole";
}

TEST(Manners, ADeprecatedOperationSaysSoAsTheRfcsWrite) {
  Endpoint endpoint;
  endpoint.deprecated = Deprecation{"2026-01-31", "2027-06-30", "/numbers"};
  http::Response response = http::Response::text(200, "{}", "application/json");
  apply_manners({}, &endpoint, {}, response);
  EXPECT_EQ(response.headers.get("Deprecation"), "@1769817600");
  EXPECT_EQ(response.headers.get("Sunset"), "Wed, 30 Jun 2027 00:00:00 GMT");
  EXPECT_EQ(response.headers.get("Link"), "</api/v1/numbers>; rel=\"successor-version\"");
}

TEST(Manners, EventsAreNotCompressed) {
  Context context;
  context.gzip = true;
  auto events = http::Response::text(200, std::string(5000, 'x'), "text/event-stream");
  apply_manners({}, nullptr, context, events);
  EXPECT_FALSE(events.headers.get("Content-Encoding"));
  auto text = http::Response::text(200, std::string(5000, 'x'), "text/csv; charset=utf-8");
  text.headers.set("ETag", "\"0123456789abcdef\"");
  apply_manners({}, nullptr, context, text);
  EXPECT_EQ(text.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(text.headers.get("ETag"), "\"0123456789abcdef-gzip\"");
  EXPECT_EQ(unzipped(text.body), std::string(5000, 'x'));
  auto little = http::Response::text(200, "{}", "application/json");
  apply_manners({}, nullptr, context, little);
  EXPECT_FALSE(little.headers.get("Content-Encoding"));
  EXPECT_EQ(little.headers.get("Vary"), "Accept-Encoding");
}

TEST_F(ApiTest, FailuresNameTheCureAndThePage) {
  const auto reply = ask("GET", "/v1/trunks", "rk_writer");
  EXPECT_EQ(reply.body["error"]["link"], "/docs/errors#FORBIDDEN");
  EXPECT_EQ(reply.body["error"]["hint"], std::string(info(ErrorCode::Forbidden).cure));
}

TEST_F(ApiTest, FailuresAreProblemsForThoseWhoAsk) {
  const auto reply = ask("POST", "/v1/customers", kBootstrap, "{\"nme\":\"a\"}", "application/json",
                         "Accept: application/problem+json\r\nX-Request-Id: mine\r\n");
  EXPECT_EQ(reply.status, 400u);
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(reply.body["type"], "/docs/errors#INVALID_PAYLOAD");
  EXPECT_EQ(reply.body["status"], 400);
  EXPECT_EQ(reply.body["code"], "INVALID_PAYLOAD");
  EXPECT_EQ(reply.body["instance"], "mine");
  EXPECT_TRUE(reply.body["title"].is_string());
  EXPECT_TRUE(reply.body["detail"].is_string());
  EXPECT_EQ(reply.body["errors"]["name"], "is required");
  EXPECT_FALSE(reply.body.contains("success"));
  const auto path = ask("GET", "/v1/nothing", "", "", "", "Accept: application/problem+json\r\n");
  EXPECT_EQ(path.body["code"], "NOT_FOUND") << "what the server finds itself, too";
}

TEST_F(ApiTest, EveryAnswerBelongsToATrace) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto sent = ask("GET", "/v1/network/ingress-ips", kBootstrap, "", "",
                        "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n");
  const std::string got(sent.headers.get_or("traceparent", ""));
  ASSERT_EQ(got.size(), 55u);
  EXPECT_EQ(got.substr(3, 32), trace);
  EXPECT_NE(got.substr(36, 16), "b7ad6b7169203331") << "a span of our own";
  const auto made = ask("GET", "/v1/network/ingress-ips", kBootstrap, "", "", "traceparent: 00-zz\r\n");
  EXPECT_TRUE(trace_id_of(made.headers.get_or("traceparent", "")));
}

TEST_F(ApiTest, FieldsAreChosenByName) {
  Settings settings;
  settings.ingress = {{"UDP", "sip.example.net", {"192.0.2.10"}, 5060}};
  start(settings);
  const auto some = ask("GET", "/v1/network/ingress-ips?fields=host,port", kBootstrap);
  EXPECT_EQ(some.body["data"][0], (Json{{"host", "sip.example.net"}, {"port", 5060}}));
  const auto wrong = ask("GET", "/v1/network/ingress-ips?fields=host,secret", kBootstrap);
  EXPECT_EQ(wrong.status, 400u);
  EXPECT_EQ(wrong.code(), "INVALID_PARAM");
  EXPECT_EQ(wrong.body["error"]["details"]["field"], "secret");
}

TEST_F(ApiTest, LongAnswersAreCompressedForThoseWhoTakeIt) {
  start();
  test::HttpClient client(server_->port());
  const auto head = [](const char* more) {
    return "GET /v1/scopes HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + std::string(kBootstrap) + "\r\n" +
           more + "\r\n";
  };
  const auto plain = client.request(head(""));
  const auto packed = client.request(head("Accept-Encoding: gzip, deflate\r\n"));
  ASSERT_EQ(plain.status, 200u);
  EXPECT_FALSE(plain.headers.get("Content-Encoding"));
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size());
  const auto body = Json::parse(unzipped(packed.body));
  EXPECT_EQ(body["data"], Json::parse(plain.body)["data"]);
}

TEST_F(ApiTest, KeysOfIdempotencyAreCheckedBeforeAnythingIsDone) {
  const auto send = [this](const std::string& key) {
    return ask("POST", "/v1/customers", kBootstrap, "{\"name\":\"a\"}", "application/json",
               "Idempotency-Key: " + key + "\r\n")
        .code();
  };
  EXPECT_EQ(send(std::string(201, 'a')), "INVALID_IDEMPOTENCY_KEY");
  EXPECT_EQ(send("good"), "SERVICE_UNAVAILABLE") << "there is no database here";
}

TEST_F(ApiTest, LimitsAreToldInBothForms) {
  Settings settings;
  settings.key_rate = {5, 10};
  start(settings);
  const auto reply = ask("GET", "/v1/network/ingress-ips", "rk_reader");
  EXPECT_EQ(reply.headers.get("RateLimit-Policy"), "\"credential\";q=10;w=2");
  EXPECT_EQ(reply.headers.get("RateLimit"), "\"credential\";r=9;t=1");
}

TEST_F(ApiTest, ACustomersCredentialsShareALimit) {
  Settings settings;
  settings.key_rate = {100, 100};
  settings.customer_rate = {1, 2};
  start(settings);
  EXPECT_EQ(ask("GET", "/v1/network/ingress-ips", "rk_reader").status, 200u);
  EXPECT_EQ(ask("GET", "/v1/network/ingress-ips", "rk_writer").status, 200u);
  const auto refused = ask("GET", "/v1/network/ingress-ips", "rk_nothing");
  EXPECT_EQ(refused.status, 429u);
  EXPECT_EQ(refused.headers.get("RateLimit-Policy"), "\"customer\";q=2;w=2");
  EXPECT_EQ(ask("GET", "/v1/network/ingress-ips", kBootstrap).status, 200u);
}

TEST_F(ApiTest, AnswersThatShowSecretsAreNeverKept) {
  start();
  int keyed = 0;
  for (const auto& endpoint : api_->endpoints()) {
    if (endpoint.idempotency != Idempotency::Accepted && endpoint.idempotency != Idempotency::Required)
      continue;
    ++keyed;
    for (const auto& field : endpoint.answer.fields)
      EXPECT_TRUE(field.name != "key" && field.name != "password" && field.name != "secret") << endpoint.path;
  }
  EXPECT_GE(keyed, 15);
}

}  // namespace
}  // namespace warp::api

#include "warp/http/server.h"

#include <future>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "served_test.h"
#include "support/http_client.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
using test::HttpAnswer;
using test::HttpClient;
using namespace std::chrono_literals;

// Gives `pieces` pieces of 64 KiB and counts what was asked for.
class Pieces final : public BodySource {
 public:
  Pieces(int pieces, bool fails, std::atomic<int>& made) : left_(pieces), fails_(fails), made_(made) {}
  asio::awaitable<Piece> next() override {
    Piece piece;
    if (left_ == 0) {
      piece.ok = !fails_;
    } else {
      --left_;
      ++made_;
      piece.data.assign(64 * 1024, 'x');
    }
    co_return piece;
  }

 private:
  int left_;
  bool fails_;
  std::atomic<int>& made_;
};

class Counter final : public BodySink {
 public:
  void feed(std::string_view octets) override {
    total_ += octets.size();
    largest_ = std::max(largest_, octets.size());
  }
  std::size_t total_ = 0, largest_ = 0;
};

class Sated final : public BodySink {
 public:
  void feed(std::string_view octets) override { total_ += octets.size(); }
  bool enough() const override { return total_ >= 1000; }

 private:
  std::size_t total_ = 0;
};

class ServerTest : public ServedTest {
 protected:
  ServerTest() {
    add(Method::Get, "/hello", [](Request) { return text("hello"); });
    add(Method::Get, "/big", [](Request) { return text(std::string(1'500'000, 'b')); });
    add(Method::Get, "/fails", [](Request) { return thrown(); });
    add(
        Method::Post, "/echo", [](Request request) { return echo(std::move(request)); }, 100'000);
    add(Method::Get, "/held", [this](Request) { return held(this); });
    add(Method::Get, "/pieces/{count:int}",
        [this](Request request) { return pieces(this, std::move(request)); });
    Route guarded;
    guarded.method = Method::Post;
    guarded.pattern = "/guarded";
    guarded.handler = [](Request) { return text("never"); };
    guarded.gate = [](Request& head) { return gate(&head); };
    router_.add(std::move(guarded));
    Route upload;
    upload.method = Method::Post;
    upload.pattern = "/upload";
    upload.body_limit = 8'000'000;
    upload.sink = [](const Request&) { return std::make_shared<Counter>(); };
    upload.handler = [](Request request) { return count(std::move(request)); };
    router_.add(std::move(upload));
    Route sated;
    sated.method = Method::Post;
    sated.pattern = "/sated";
    sated.body_limit = 8'000'000;
    sated.sink = [](const Request&) { return std::make_shared<Sated>(); };
    sated.handler = [](Request) { return text("no more"); };
    router_.add(std::move(sated));
  }
  ~ServerTest() override { end(); }

  static asio::awaitable<Response> text(std::string body) { co_return Response::text(200, std::move(body)); }
  static asio::awaitable<Response> count(Request request) {
    const auto& counter = dynamic_cast<const Counter&>(*request.sink);
    co_return Response::text(200, std::to_string(counter.total_) + " " + std::to_string(request.body.size()) +
                                      (counter.largest_ < 100'000 ? " small" : " large"));
  }
  static asio::awaitable<Response> thrown() {
    throw std::runtime_error("secret");
    co_return Response{};
  }
  static asio::awaitable<Response> echo(Request request) { co_return Response::text(200, request.body); }
  static asio::awaitable<std::optional<Response>> gate(const Request* head) {
    if (head->headers.get("Authorization")) co_return std::nullopt;
    co_return Response::text(401, "no key");
  }
  static asio::awaitable<Response> held(ServerTest* test) {
    asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    test->reached_.set_value(&timer);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return Response::text(200, "released");
  }
  static asio::awaitable<Response> pieces(ServerTest* test, Request request) {
    Response response = Response::text(200, "", "text/csv");
    const bool fails = request.query.get("fail").has_value();
    response.source =
        std::make_unique<Pieces>(std::stoi(std::string(request.param("count"))), fails, test->made_);
    co_return response;
  }

  void add(Method method, std::string pattern, Handler handler, std::size_t limit = 1024) {
    Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.handler = std::move(handler);
    route.body_limit = limit;
    router_.add(std::move(route));
  }

  std::uint16_t start(ServerSettings settings = {}, Hooks hooks = {}) {
    const auto port = listen(std::move(settings), std::move(hooks));
    run();
    return port;
  }

  std::promise<asio::steady_timer*> reached_;
  std::atomic<int> made_{0};
};

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  HttpClient client(start());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.request(kHello);
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_TRUE(answer.headers.get("Date"));
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  HttpClient client(start());
  std::string octets(kHello);
  octets += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  octets +=
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
  octets += "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
  octets += kHello;
  client.send(octets);
  EXPECT_EQ(client.receive().body, "hello");
  EXPECT_EQ(client.receive().body, "abc");
  EXPECT_EQ(client.receive().body, "def");
  EXPECT_EQ(client.receive().status, 404u);
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(ServerTest, TakesOneOctetAtATime) {
  HttpClient client(start());
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz"))
    client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "xyz");
}

TEST_F(ServerTest, HeadHasLengthAndNoBody) {
  HttpClient client(start());
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.receive(true);
  EXPECT_EQ(answer.headers.get("Content-Length"), "5");
  EXPECT_EQ(client.request(kHello).body, "hello");
}

TEST_F(ServerTest, ClosesWhenAsked) {
  HttpClient client(start());
  EXPECT_EQ(
      client.request("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").headers.get("Connection"),
      "close");
  EXPECT_TRUE(client.ended());
  HttpClient old(server_->port());
  EXPECT_EQ(old.request("GET /hello HTTP/1.0\r\n\r\n").body, "hello");
  EXPECT_TRUE(old.ended());
}

TEST_F(ServerTest, SendsBigAnswers) {
  HttpClient client(start());
  EXPECT_EQ(client.request("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").body.size(), 1'500'000u);
  EXPECT_EQ(client.request(kHello).body, "hello");
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  start();
  for (const std::string_view bad :
       {"\r\nnonsense\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", "GET /hello?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    HttpClient client(server_->port());
    EXPECT_EQ(client.request(bad).status, 400u) << bad;
  }
  EXPECT_EQ(HttpClient(server_->port()).request(kHello).status, 200u);
}

TEST_F(ServerTest, LimitsTheHead) {
  start();
  HttpClient client(server_->port());
  const auto answer =
      client.request("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(answer.status, 431u);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, LimitsTheBody) {
  start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  HttpClient fits(server_->port());
  EXPECT_EQ(fits.request(head + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'x')).body.size(),
            100'000u);
  HttpClient declared(server_->port());
  EXPECT_EQ(declared.request(head + "Content-Length: 100001\r\n\r\n").status, 413u);
  EXPECT_TRUE(declared.ended());
  HttpClient chunked(server_->port());
  chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n186a1\r\n" + std::string(100'001, 'x') +
               "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 413u);
  HttpClient endless(server_->port());
  endless.send(head + "Content-Length: 4000000000\r\n\r\n" + std::string(300'000, 'x'));
  EXPECT_EQ(endless.receive().status, 413u);
}

TEST_F(ServerTest, ContinuesOnlyWhenTheGateLetsIn) {
  start();
  const std::string head =
      "POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n";
  HttpClient refused(server_->port());
  EXPECT_EQ(refused.request(head + "\r\n").status, 401u);
  EXPECT_TRUE(refused.ended());
  HttpClient taken(server_->port());
  EXPECT_EQ(taken.request(head + "Authorization: x\r\n\r\n").status, 100u);
  EXPECT_EQ(taken.request("ab").body, "never");
}

TEST_F(ServerTest, GateRefusesBeforeTheBody) {
  start();
  HttpClient small(server_->port());
  EXPECT_EQ(small.request("POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab").status, 401u);
  EXPECT_EQ(small.request(kHello).status, 200u) << "a short body is read off and the connection stays";
  HttpClient large(server_->port());
  EXPECT_EQ(large.request("POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n").status,
            401u);
  EXPECT_TRUE(large.ended());
}

TEST_F(ServerTest, SinkTakesTheBodyInSmallPieces) {
  start();
  const std::string head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  HttpClient fits(server_->port());
  EXPECT_EQ(fits.request(head + "8000000\r\n\r\n" + std::string(8'000'000, 'x')).body, "8000000 0 small");
  HttpClient above(server_->port());
  EXPECT_EQ(above.request(head + "8000001\r\n\r\n").status, 413u);
}

TEST_F(ServerTest, AnswersOtherMethodsWithAllow) {
  HttpClient client(start());
  const auto answer = client.request("PUT /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer.status, 405u);
  EXPECT_EQ(answer.headers.get("Allow"), "GET, HEAD");
  EXPECT_EQ(client.request("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 405u);
  EXPECT_EQ(client.request("GET http://a:8/hello?x=1 HTTP/1.1\r\nHost: a\r\n\r\n").body, "hello");
}

TEST_F(ServerTest, HandlersExceptionIsA500WithoutItsText) {
  HttpClient client(start());
  const auto answer = client.request("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 500u);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.request(kHello).status, 200u);
}

TEST_F(ServerTest, SlowHeadIsTimedOut) {
  ServerSettings settings;
  settings.header_timeout = 50ms;
  HttpClient client(start(settings));
  EXPECT_EQ(client.request("GET /hello HTT").status, 408u);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, SlowBodyIsTimedOut) {
  ServerSettings settings;
  settings.body_timeout = 50ms;
  HttpClient client(start(settings));
  EXPECT_EQ(client.request("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").status, 408u);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, ABodyThatStopsOnItsWayIsTimedOutHoweverLongItMayBe) {
  ServerSettings settings;
  settings.body_timeout = 50ms;
  const auto port = start(settings);
  HttpClient named(port);
  EXPECT_EQ(named
                .request("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 7000000\r\n\r\n" +
                         std::string(100'000, 'x'))
                .status,
            408u);
  EXPECT_TRUE(named.ended());
  HttpClient endless(port);
  EXPECT_EQ(endless
                .request("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" +
                         std::string(100'000, 'x') + "\r\n")
                .status,
            408u);
  EXPECT_TRUE(endless.ended());
}

TEST_F(ServerTest, WhoeverHasSeenEnoughAnswersBeforeTheEndOfTheBody) {
  HttpClient client(start());
  const auto answer =
      client.request("POST /sated HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n" +
                     std::string(0x2000, 'x') + "\r\n");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "no more");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, IdleConnectionIsClosedWithoutAWord) {
  ServerSettings settings;
  settings.idle_timeout = 50ms;
  HttpClient client(start(settings));
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, ReaderThatStopsIsCutOffAndHoldsOnePiece) {
  ServerSettings settings;
  settings.write_timeout = 100ms;
  std::promise<std::uint64_t> observed;
  Hooks hooks;
  hooks.observe = [&observed](const Exchange& exchange) { observed.set_value(exchange.octets_sent); };
  HttpClient client(start(settings, std::move(hooks)));
  client.send("GET /pieces/100000 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto sent = observed.get_future().get();
  EXPECT_LT(sent, 100'000ull * 64 * 1024);
  EXPECT_LE(made_ * 64 * 1024ull, sent + 2 * 64 * 1024);
}

TEST_F(ServerTest, StreamsPieces) {
  HttpClient client(start());
  const auto answer = client.request("GET /pieces/20 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.body.size(), 20u * 64 * 1024);
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(client.request(kHello).body, "hello");
  HttpClient old(server_->port());
  EXPECT_EQ(old.request("GET /pieces/2 HTTP/1.0\r\n\r\n").body.size(), 2u * 64 * 1024);
}

TEST_F(ServerTest, BrokenSourceIsNotTakenForAWhole) {
  HttpClient client(start());
  const auto answer = client.request("GET /pieces/1?fail=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_FALSE(answer.complete);
}

TEST_F(ServerTest, RefusesConnectionsAboveTheLimit) {
  ServerSettings settings;
  settings.max_connections = 1;
  HttpClient first(start(settings));
  EXPECT_EQ(first.request(kHello).status, 200u);
  HttpClient second(server_->port());
  const auto answer = second.receive();
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(answer.headers.get("Retry-After"), "1");
  EXPECT_TRUE(second.ended());
  EXPECT_EQ(first.request(kHello).status, 200u);
}

TEST_F(ServerTest, StopFinishesWhatRunsAndClosesTheIdle) {
  start();
  HttpClient idle(server_->port());
  EXPECT_EQ(idle.request(kHello).status, 200u);
  HttpClient busy(server_->port());
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  auto* timer = reached_.get_future().get();
  auto stopped = begin_stop(10s);
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  const auto answer = busy.receive();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  stopped.get();
  EXPECT_EQ(server_->connections(), 0u);
  server_.reset();
}

TEST_F(ServerTest, StopCutsOffAfterTheGrace) {
  HttpClient client(start());
  client.send("GET /pieces/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
  client.socket().wait(asio::ip::tcp::socket::wait_read);
  stop(1ms);
  EXPECT_EQ(server_->connections(), 0u);
  server_.reset();
}

TEST_F(ServerTest, HooksSeeEveryAnswer) {
  std::promise<std::string> observed;
  Hooks hooks;
  hooks.decorate = [](const Request&, Response& response) { response.headers.set("X-Seen", "yes"); };
  hooks.error_page = [](Problem problem, Request&, std::string_view) {
    Response response = Response::text(status_of(problem), "{}", "application/json");
    response.note = "NOT_FOUND";
    return response;
  };
  hooks.observe = [&observed](const Exchange& exchange) {
    observed.set_value(exchange.request.path + " " + std::to_string(exchange.status) + " " +
                       std::string(exchange.note));
  };
  HttpClient client(start({}, std::move(hooks)));
  const auto answer = client.request("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.headers.get("X-Seen"), "yes");
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(observed.get_future().get(), "/nothing 404 NOT_FOUND");
}

TEST_F(ServerTest, StartSaysWhatIsWrong) {
  ServerSettings settings;
  settings.port = start();
  Server second(io_.get_executor(), settings, router_, {}, clock_, log_, metrics_);
  EXPECT_NE(second.start().error().find("bind"), std::string::npos);
  settings.address = "localhost";
  Server third(io_.get_executor(), settings, router_, {}, clock_, log_, metrics_);
  EXPECT_NE(third.start().error().find("no IP address"), std::string::npos);
  settings.address = "127.0.0.1";
  settings.tls = TlsFiles{"/nonexistent/a.pem", "/nonexistent/b.pem"};
  Server fourth(io_.get_executor(), settings, router_, {}, clock_, log_, metrics_);
  EXPECT_NE(fourth.start().error().find("/nonexistent/a.pem"), std::string::npos);
}

}  // namespace
}  // namespace warp::http

// One end of SMPP for load and for third parties to talk to; prints its figures as one line of JSON.
//   smpp_session_peer server [CHAIN.pem KEY.pem]    prints its port, serves until standard input ends
//   smpp_session_peer client PORT COUNT WINDOW [CA.pem NAME]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "warp/smpp/session/client.h"
#include "warp/smpp/session/server.h"

namespace {

using namespace warp;
using namespace std::chrono_literals;
namespace asio = boost::asio;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

smpp::Pdu message(smpp::CommandId command, std::string_view text, std::uint8_t esm_class = 0) {
  smpp::ShortMessage body{"", {1, 1, "14155550100"}, {1, 1, "14155550199"}, {}};
  body.message.short_message = text;
  body.message.esm_class = esm_class;
  smpp::Pdu pdu;
  pdu.header.command = command;
  pdu.body = body;
  return pdu;
}

class Smsc final : public smpp::ServerListener {
 public:
  Smsc(net::Loop& loop, metrics::Registry& registry, smpp::ServerSettings settings)
      : loop_(loop), server_(loop, std::move(settings), *this, registry), input_(loop.context(), dup(0)) {}

  int run() {
    if (auto started = server_.start(); !started)
      return std::fprintf(stderr, "%s\n", started.error().c_str()), 1;
    std::printf("%u\n", server_.addresses()[0].port);
    std::fflush(stdout);
    wait_for_end();
    loop_.run();
    std::printf("{\"submits\": %llu, \"receipts\": %llu, \"cpu_us\": %.2f}\n", submits_, receipts_,
                cpu_seconds() * 1e6 / static_cast<double>(submits_ ? submits_ : 1));
    return 0;
  }

  void on_bind(const smpp::BindRequest& request) override {
    if (request.password == "wrong") return void(server_.refuse(request.session, smpp::Status::InvPaswd));
    smpp::SessionLimits limits;
    limits.window_in = 1000;
    limits.window_out = 1000;
    server_.accept(request.session, limits);
  }
  void on_submit(smpp::SessionId session, const smpp::Pdu& pdu) override {
    ++submits_;
    char id[24];
    const int length = std::snprintf(id, sizeof id, "%llx", submits_);
    server_.answer(session, pdu.header.sequence, smpp::Status::Ok,
                   std::string_view(id, static_cast<std::size_t>(length)));
    const auto* body = std::get_if<smpp::ShortMessage>(&pdu.body);
    if (!body || (body->message.registered_delivery & 1) == 0) return;
    const std::string text = "id:" + std::string(id) +
                             " sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 "
                             "stat:DELIVRD err:000 text:";
    server_.deliver(session, message(smpp::CommandId::DeliverSm, text, 4), [this](const smpp::Reply& reply) {
      receipts_ += reply.outcome == smpp::Outcome::Answered && reply.status == smpp::Status::Ok;
    });
  }
  void on_closed(smpp::SessionId, smpp::CloseReason) override {}

 private:
  void wait_for_end() {
    input_.async_read_some(asio::buffer(octet_), [this](boost::system::error_code error, std::size_t) {
      if (!error) return wait_for_end();
      server_.drain(5s, [this] { loop_.stop(); });
    });
  }

  net::Loop& loop_;
  smpp::Server server_;
  asio::posix::stream_descriptor input_;
  std::array<char, 64> octet_{};
  unsigned long long submits_ = 0, receipts_ = 0;
};

class Esme final : public smpp::ClientListener {
 public:
  Esme(net::Loop& loop, metrics::Registry& registry, IdSource& ids, smpp::ClientSettings settings,
       unsigned long long count)
      : loop_(loop), client_(loop, ids, std::move(settings), *this, registry), count_(count) {}

  int run() {
    client_.start();
    loop_.run();
    const double seconds = std::chrono::duration<double>(finished_ - began_).count();
    std::printf(
        "{\"answered\": %llu, \"failed\": %llu, \"ambiguous\": %llu, \"bodiless\": %llu, "
        "\"delivered\": %llu, \"a_second\": %.0f, \"cpu_us\": %.2f}\n",
        answered_, failed_, ambiguous_, bodiless_, delivered_, static_cast<double>(done()) / seconds,
        cpu_seconds() * 1e6 / static_cast<double>(count_));
    return 0;
  }

  void on_bound(smpp::SessionId, const smpp::Pdu&) override {
    began_ = std::chrono::steady_clock::now();
    fill();
  }
  void on_unbound(smpp::SessionId, const smpp::Unbinding& why) override {
    const auto reason = to_string(why.reason);
    std::fprintf(stderr, "unbound: %.*s %.*s\n", static_cast<int>(reason.size()), reason.data(),
                 static_cast<int>(why.detail.size()), why.detail.data());
  }
  void on_deliver(smpp::SessionId session, const smpp::Pdu& pdu) override {
    ++delivered_;
    client_.answer(session, pdu.header.sequence, smpp::Status::Ok);
  }

 private:
  unsigned long long done() const { return answered_ + failed_ + ambiguous_; }
  void fill() {
    while (sent_ < count_ && client_.room() > 0) {
      auto pdu = message(smpp::CommandId::SubmitSm, "The quick brown fox jumps over the lazy dog");
      std::get<smpp::ShortMessage>(pdu.body).message.registered_delivery = 1;
      if (!client_.submit(std::move(pdu), [this](const smpp::Reply& reply) { answered(reply); })) return;
      ++sent_;
    }
  }
  void answered(const smpp::Reply& reply) {
    if (reply.outcome != smpp::Outcome::Answered) {
      ++ambiguous_;
    } else {
      ++(reply.status == smpp::Status::Ok ? answered_ : failed_);
      bodiless_ += reply.message_id.empty();
    }
    if (done() < count_) return fill();
    finished_ = std::chrono::steady_clock::now();
    loop_.wheel().arm(500ms, [this] { client_.stop(5s, [this] { loop_.stop(); }); });
  }

  net::Loop& loop_;
  smpp::Client client_;
  const unsigned long long count_;
  unsigned long long sent_ = 0, answered_ = 0, failed_ = 0, ambiguous_ = 0, bodiless_ = 0, delivered_ = 0;
  std::chrono::steady_clock::time_point began_{}, finished_{};
};

}  // namespace

int main(int argc, char** argv) {
  const SystemClock clock;
  metrics::Registry registry;
  net::Loop loop("messaging", clock, registry);
  if (argc >= 2 && std::strcmp(argv[1], "server") == 0) {
    smpp::ServerSettings settings;
    settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), {}}};
    if (argc == 4) settings.listeners[0].tls = smpp::TlsFiles{argv[2], argv[3]};
    return Smsc(loop, registry, std::move(settings)).run();
  }
  if (argc < 5 || std::strcmp(argv[1], "client") != 0) return std::fprintf(stderr, "see the source\n"), 2;
  SecureIdSource ids;
  smpp::ClientSettings settings;
  settings.host = "127.0.0.1";
  settings.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  settings.system_id = "warp";
  settings.password = "longer-than-eight";
  settings.limits.window_out = static_cast<std::size_t>(std::atoi(argv[4]));
  settings.limits.response_timeout = 5s;
  if (argc == 7) {
    settings.tls.emplace();
    settings.tls->ca_file = argv[5];
    settings.tls->verify_name = argv[6];
  }
  return Esme(loop, registry, ids, std::move(settings), static_cast<unsigned long long>(std::atoll(argv[3])))
      .run();
}

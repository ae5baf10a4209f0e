// Cost of a call inside one shard: parse, transactions, dialogs, routing, rating and SDP, without sockets,
// media and journal. Prints CPU time a call (14 messages: 7 in, 7 out; writing what the peers say is in it)
// and memory a call in progress.
//
//   call_engine_bench [calls]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <string>

#include "warp/calls/call_engine.h"

#include "support/catalogue_builder.h"
#include "support/fake_media.h"
#include "support/fake_records.h"
#include "support/manual_clock.h"
#include "support/manual_executor.h"

namespace warp {
namespace {

const std::string kSdp =
    "v=0\r\no=- 53655765 2353687637 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

// Keeps the last message to each side.
class LastSender final : public sip::MessageSender {
 public:
  bool send(const sip::Flow& flow, std::string_view bytes) override {
    (flow.remote.ip == caller ? to_caller : to_callee) = bytes;
    return true;
  }
  std::string_view sent_by(std::uint16_t) const override { return "198.51.100.1:5060"; }
  std::optional<sip::Flow> flow_towards(const sip::Target& target) override {
    const auto& remote = target.address;
    return sip::Flow{remote, *domain::SocketAddress::parse("198.51.100.1:5060"), 0};
  }
  domain::IpAddress caller = *domain::IpAddress::parse("192.0.2.10");
  std::string to_caller, to_callee;
};

struct Shard {
  Shard() {
    auto& w = world;
    w.plan(1, {test::rate("1", "0.01")});
    w.plan(2, {test::rate("1", "0.004")});
    w.customer(1, 1, 1);
    w.trunk(1, 1);
    w.acl("192.0.2.10/32", 1);
    w.partition(1);
    w.provider(1, 2, "203.0.113.1:5060");
    w.route(1, 1, "1");
    snapshots.publish(routing::Snapshot::compile(w.catalogue, nullptr));
  }

  void receive(const sip::Flow& from, const std::string& text) {
    auto message = sip::Message::parse(text);
    if (!message) std::abort();
    layer.receive(std::move(*message), from);
    executor.run();
  }

  test::ManualClock clock;
  net::TimerWheel wheel{clock};
  SeededIdSource ids{7};
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  LastSender sender;
  test::ManualExecutor executor;
  routing::SnapshotHolder snapshots;
  test::FakeMedia media;
  test::FakeRecords records;
  calls::Limits limits;
  test::CatalogueBuilder world;
  sip::TransactionLayer layer{sender, wheel, ids, sip::TransactionTimers{}, metrics};
  calls::CallEngine engine{
      {layer, sender, wheel, executor, clock, ids, snapshots, media, records, limits, log, metrics}, 0, {}};
  sip::Flow caller{*domain::SocketAddress::parse("192.0.2.10:5060"),
                   *domain::SocketAddress::parse("198.51.100.1:5060"), 0};
  sip::Flow callee{*domain::SocketAddress::parse("203.0.113.1:5060"),
                   *domain::SocketAddress::parse("198.51.100.1:5060"), 0};
};

std::string line(const std::string& text, std::string_view name) {
  const auto at = text.find("\r\n" + std::string(name) + ": ") + 2;
  return text.substr(at, text.find("\r\n", at) + 2 - at);
}

std::string with_body(std::string head, const std::string& body) {
  if (!body.empty()) head += "Content-Type: application/sdp\r\n";
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string answer(const std::string& request, const char* status, const std::string& body) {
  std::string to = line(request, "To");
  if (to.find(";tag=") == std::string::npos) to.replace(to.size() - 2, 2, ";tag=far\r\n");
  return with_body("SIP/2.0 " + std::string(status) + "\r\n" + line(request, "Via") + line(request, "From") +
                       to + line(request, "Call-ID") + line(request, "CSeq") +
                       "Contact: <sip:203.0.113.1:5060>\r\nServer: peer\r\n",
                   body);
}

struct Caller {
  int number;
  std::string to = "To: <sip:12125550100@198.51.100.1>\r\n";

  std::string request(const std::string& method, int cseq, const std::string& body) const {
    const std::string n = std::to_string(number);
    return with_body(
        method +
            " sip:12125550100@198.51.100.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-" +
            n + method +
            ";rport\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:+14155550111@192.0.2.10>;tag=" + n + "\r\n" +
            to + "Call-ID: call-" + n + "@192.0.2.10\r\nCSeq: " + std::to_string(cseq) + " " + method +
            "\r\nContact: <sip:+14155550111@192.0.2.10:5060>\r\nUser-Agent: bench\r\n"
            "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE\r\nSupported: timer, 100rel\r\n",
        body);
  }
};

void set_up(Shard& shard, Caller& caller) {
  shard.receive(shard.caller, caller.request("INVITE", 1, kSdp));
  const std::string invite = shard.sender.to_callee;
  shard.receive(shard.callee, answer(invite, "100 Trying", {}));
  shard.receive(shard.callee, answer(invite, "180 Ringing", {}));
  shard.receive(shard.callee, answer(invite, "200 OK", kSdp));
  caller.to = line(shard.sender.to_caller, "To");
  shard.receive(shard.caller, caller.request("ACK", 1, {}));
}

void tear_down(Shard& shard, Caller& caller) {
  shard.receive(shard.caller, caller.request("BYE", 2, {}));
  shard.receive(shard.callee, answer(shard.sender.to_callee, "200 OK", {}));
}

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// Lets transactions of ended calls go.
void pass(Shard& shard, std::chrono::milliseconds time) {
  for (; time.count() > 0; time -= std::chrono::milliseconds(20)) {
    shard.clock.advance(std::chrono::milliseconds(20));
    shard.wheel.advance();
  }
}

void cpu_of_calls(int calls) {
  Shard shard;
  double start = 0;
  for (int number = 0; number < calls; ++number) {
    if (number == calls / 10) start = cpu_us();
    Caller caller{number};
    set_up(shard, caller);
    tear_down(shard, caller);
    if (number % 5 == 0) pass(shard, std::chrono::milliseconds(20));
    if (number % 1024 == 0) {
      shard.records.records.clear();
      shard.records.drafts.clear();
      shard.records.states.clear();
      shard.media.requests.clear();
    }
  }
  const double measured = calls - calls / 10;
  std::printf("cpu_us_per_call %.1f\n", (cpu_us() - start) / measured);
}

void memory_of_calls(int calls) {
  Shard shard;
  const auto used = [] { return static_cast<double>(mallinfo2().uordblks); };
  const double before = used();
  for (int number = 0; number < calls; ++number) {
    Caller caller{number};
    set_up(shard, caller);
    shard.records.drafts.clear();
    shard.records.states.clear();
    shard.media.requests.clear();
  }
  shard.records.drafts.shrink_to_fit();
  shard.records.states.shrink_to_fit();
  shard.media.requests.shrink_to_fit();
  const double fresh = used() - before;
  pass(shard, std::chrono::seconds(40));
  const double settled = used() - before;
  std::printf("octets_per_call_just_answered %.0f\noctets_per_call_in_progress %.0f\n", fresh / calls,
              settled / calls);
  std::printf("of_which_fake_media %zu\n", sizeof(test::FakeMedia::Session));
}

}  // namespace
}  // namespace warp

int main(int count, char** words) {
  const int calls = count > 1 ? std::atoi(words[1]) : 20000;
  warp::cpu_of_calls(calls);
  warp::memory_of_calls(calls / 4);
}

// A fax machine in real time, over T.38 (UDPTL) or over G.711 (RTP), for end-to-end tests.
//   fax_peer page FILE.tif [PAGES [ROWS]]      draws pages to be sent
//   fax_peer compare A.tif B.tif               0: the same pages, dot by dot
//   fax_peer t38|pcmu|pcma --send FILE.tif | --receive FILE.tif [options]
//     --local 127.0.0.1:0   --remote IP:PORT, else it is read from standard input, one line
//     --answerer, --caller  who sends the answering tone; else the machine that sends calls
//     --seconds 120         and then it gives up       --no-ecm     --slow: V.27ter alone
//     --version 0           T38FaxVersion              --fec: parities, else copies
//     --datagram 400        T38FaxMaxDatagram of the peer
//     --loss 0              percent of what it would send and does not
// It prints {"port": N} at once, and what became of the fax as a second line of JSON. Ends with 0 when all
// went well.
#include "tools/fax_peer.h"

#include <algorithm>
#include <chrono>
#include <poll.h>

#include "warp/base/bytes.h"
#include "warp/base/json_string.h"
#include "warp/base/random.h"
#include "warp/rtp/packet.h"

#include "support/fax_page.h"
#include "support/fax_terminal.h"

namespace {

using namespace warp;
using Clock = std::chrono::steady_clock;
using support::kFaxBlock;

struct Traffic {
  unsigned long sent = 0, withheld = 0, received = 0, malformed = 0;
};

// What counts and loses on the way out.
class Way {
 public:
  Way(tools::UdpPeer& socket, unsigned loss) : socket_(socket), loss_(loss) {}
  void send(std::span<const std::byte> datagram) {
    const bool lost = ids_.next64() % 100 < loss_;
    ++(lost ? traffic.withheld : traffic.sent);
    if (!lost) socket_.send(datagram);
  }
  Traffic traffic;

 private:
  tools::UdpPeer& socket_;
  unsigned loss_;
  SeededIdSource ids_{11};
};

// Hears at the pace of arrival, as a line would bring it, and speaks at its own.
class RtpFax {
 public:
  RtpFax(const support::FaxJob& job, bool a_law, Way& way) : machine_(job), a_law_(a_law), way_(way) {}
  const support::FaxOutcome& outcome() const { return machine_.outcome(); }

  bool receive(std::span<const std::byte> datagram) {
    const auto header = rtp::parse_header(datagram);
    if (!header) return false;
    const auto payload = rtp::payload(datagram, *header);
    if (!payload) return false;
    if (header->payload_type != type()) return true;
    const auto missed = static_cast<std::uint16_t>(header->sequence - expected_);
    if (started_ && missed > 1000) return true;  // late
    for (int i = 0; started_ && i < missed; ++i)
      machine_.hear(support::AudioFaxMachine::Block{});
    started_ = true;
    expected_ = static_cast<std::uint16_t>(header->sequence + 1);
    silent_ticks_ = 0;
    std::vector<std::int16_t> samples;
    for (const auto octet : *payload) {
      const auto coded = static_cast<std::uint8_t>(octet);
      samples.push_back(a_law_ ? alaw_to_linear(coded) : ulaw_to_linear(coded));
    }
    machine_.hear(samples);
    return true;
  }

  void tick() {
    // Its timers run by what it hears; but a pause is no silence yet, or what then comes late would be put
    // off by it.
    if (++silent_ticks_ > kPatienceTicks) machine_.hear(support::AudioFaxMachine::Block{});
    std::array<std::byte, rtp::kFixedHeaderBytes + kFaxBlock> packet;
    ByteWriter writer(packet);
    writer.u8(0x80);
    writer.u8(type());
    writer.u16(sequence_++);
    writer.u32(timestamp_);
    writer.u32(0x0fa70fa7);
    timestamp_ += kFaxBlock;
    for (const auto sample : machine_.say())
      writer.u8(a_law_ ? linear_to_alaw(sample) : linear_to_ulaw(sample));
    way_.send(writer.written());
  }

 private:
  std::uint8_t type() const { return a_law_ ? 8 : 0; }
  static constexpr int kPatienceTicks = 20;
  support::AudioFaxMachine machine_;
  bool a_law_;
  Way& way_;
  bool started_ = false;
  std::uint16_t expected_ = 0, sequence_ = 1;
  std::uint32_t timestamp_ = 0;
  int silent_ticks_ = 0;
};

template <class Machine>
void run(Machine& machine, tools::UdpPeer& socket, Way& way, std::chrono::seconds most) {
  using namespace std::chrono_literals;
  const auto begin = Clock::now();
  int after_end = 0;
  for (auto due = begin; Clock::now() < begin + most && after_end < 50; due += 20ms) {
    for (;;) {
      // Late or not: what has come is heard first, or a machine that was held up takes a pause for silence.
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
      pollfd ready{socket.fd(), POLLIN, 0};
      if (poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) <= 0) break;
      std::array<std::byte, 2048> room;
      const auto datagram = socket.receive(room);
      if (datagram.empty()) continue;
      ++way.traffic.received;
      way.traffic.malformed += machine.receive(datagram) ? 0 : 1;
    }
    machine.tick();
    after_end += machine.outcome().ended ? 1 : 0;
  }
}

int report(const support::FaxOutcome& outcome, const Traffic& traffic) {
  std::string text;
  append_json_string(text, outcome.text);
  std::printf(
      "{\"ended\": %s, \"result\": %d, \"text\": %s, \"pages\": %d, \"bit_rate\": %d, \"ecm\": %s, "
      "\"bad_rows\": %d, \"retries\": %d, \"sent\": %lu, \"withheld\": %lu, \"received\": %lu, "
      "\"malformed\": %lu}\n",
      outcome.ended ? "true" : "false", outcome.result, text.c_str(),
      outcome.pages_sent + outcome.pages_received, outcome.bit_rate, outcome.ecm ? "true" : "false",
      outcome.bad_rows, outcome.retries, traffic.sent, traffic.withheld, traffic.received, traffic.malformed);
  return outcome.ended && outcome.result == T30_ERR_OK ? 0 : 1;
}

int transfer(const std::string& mode, std::span<char*> words) {
  const tools::Options options(words, {{"local", "127.0.0.1:0"},
                                       {"remote", ""},
                                       {"send", ""},
                                       {"receive", ""},
                                       {"answerer", "no"},
                                       {"caller", "no"},
                                       {"seconds", "120"},
                                       {"no-ecm", "no"},
                                       {"slow", "no"},
                                       {"version", "0"},
                                       {"fec", "no"},
                                       {"datagram", "400"},
                                       {"loss", "0"}});
  support::FaxJob job;
  job.send = options.text("send");
  job.receive = options.text("receive");
  if (job.send.empty() == job.receive.empty()) tools::fail("either --send or --receive");
  job.caller = options.flag("caller") || (!job.send.empty() && !options.flag("answerer"));
  job.ecm = !options.flag("no-ecm");
  if (options.flag("slow")) job.modems = T30_SUPPORT_V27TER;

  tools::UdpPeer socket(options.text("local"));
  std::printf("{\"port\": %u}\n", unsigned{socket.port()});
  std::fflush(stdout);
  auto remote = options.text("remote");
  if (remote.empty()) {
    std::array<char, 64> line;
    if (std::fgets(line.data(), line.size(), stdin) == nullptr) tools::fail("no remote address");
    remote = line.data();
    remote.erase(remote.find_last_not_of("\r\n ") + 1);
  }
  socket.talk_to(remote);

  Way way(socket, options.number("loss"));
  const std::chrono::seconds most(options.number("seconds"));
  if (mode == "t38") {
    support::T38FaxMachine machine(job, static_cast<int>(options.number("version")), !options.flag("fec"),
                                   options.number("datagram"),
                                   [&](std::span<const std::byte> datagram) { way.send(datagram); });
    run(machine, socket, way, most);
    return report(machine.outcome(), way.traffic);
  }
  RtpFax machine(job, mode == "pcma", way);
  run(machine, socket, way, most);
  return report(machine.outcome(), way.traffic);
}

int draw(const std::string& path, unsigned pages, unsigned rows) {
  std::vector<support::FaxPage> drawn;
  for (unsigned page = 0; page < pages; ++page)
    drawn.push_back(support::drawn_fax_page(page + 1, rows));
  return support::write_tiff(path, drawn) ? 0 : 1;
}

int compare(const std::string& a, const std::string& b) {
  const auto pages = support::read_tiff(a);
  return !pages.empty() && pages == support::read_tiff(b) ? 0 : 1;
}

unsigned count_of(std::span<char*> words, std::size_t place, unsigned otherwise) {
  if (words.size() <= place) return otherwise;
  const auto count = parse_number<unsigned>(words[place], 1, 10000);
  if (!count) tools::fail("not a number: " + std::string(words[place]));
  return *count;
}

}  // namespace

int main(int argc, char** argv) {
  const auto words = std::span(argv, static_cast<std::size_t>(argc));
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "page" && argc > 2) return draw(argv[2], count_of(words, 3, 1), count_of(words, 4, 600));
  if (what == "compare" && argc == 4) return compare(argv[2], argv[3]);
  if (what == "t38" || what == "pcmu" || what == "pcma") return transfer(what, words.subspan(2));
  tools::fail("page FILE | compare A B | t38|pcmu|pcma --send FILE | --receive FILE …");
}

// The upstream of `./warp bench sms`: takes every bind and every submit_sm, and reports each as delivered at
// once.
//   sms_upstream    prints its port; each line on standard input asks for figures; serves until that ends
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "wire.h"

namespace {

using namespace bench;

constexpr std::size_t kReceiptWindow = 100;  // without an answer, a bind

struct Receipt {
  std::string id, source, destination;
};

struct Bind : Connection {
  using Connection::Connection;
  std::deque<Receipt> waiting;
  std::size_t open = 0;
  std::uint32_t sequence = 0;
};

class Upstream {
 public:
  Upstream() : listener_(listen_on(0)) {
    epoll_.add(listener_, EPOLLIN, &listener_);
    epoll_.add(0, EPOLLIN, &epoll_);
    std::printf("%u\n", port_of(listener_));
    std::fflush(stdout);
  }

  void run() {
    bool ended = false;
    while (!ended)
      epoll_.wait(-1, [&](void* what, std::uint32_t) {
        if (what == &listener_) return accept_one();
        if (what == &epoll_) {
          ended = !asked();
          return;
        }
        serve(*static_cast<Bind*>(what));
      });
    say();
  }

 private:
  void accept_one() {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd >= 0) binds_.push_back(std::make_unique<Bind>(epoll_, fd, 0));
  }
  bool asked() {
    char line[64];
    if (::read(0, line, sizeof line) <= 0) return false;
    say();
    return true;
  }
  void say() const {
    std::printf(
        "{\"submits\": %llu, \"receipts_taken\": %llu, \"receipts_refused\": %llu, \"last_status\": %u, "
        "\"receipts_waiting\": "
        "%llu, "
        "\"repeated\": %llu, \"cpu_seconds\": %.3f}\n",
        submits_, taken_, refused_, status_, waiting_, repeated_, cpu_seconds());
    std::fflush(stdout);
  }

  void serve(Bind& bind) {
    const bool alive = bind.read([&](std::string_view frame) { heard(bind, frame); });
    report(bind);
    if (alive && bind.flush()) return;
    waiting_ -= bind.waiting.size();
    std::erase_if(binds_, [&](const auto& other) { return other.get() == &bind; });
  }

  void heard(Bind& bind, std::string_view frame) {
    const auto header = smpp::header(frame);
    switch (header.command) {
      case smpp::kSubmit:
        return submitted(bind, header.sequence, frame);
      case smpp::kDeliver | smpp::kResponse:
        --bind.open;
        --waiting_;
        ++(header.status == 0 ? taken_ : refused_);
        if (header.status != 0) status_ = header.status;
        return;
      case smpp::kEnquire | smpp::kResponse:
        return;
      case smpp::kEnquire:
      case smpp::kUnbind:
        return smpp::put(bind.out(), header.command | smpp::kResponse, 0, header.sequence, [](auto&) {});
      default:  // a bind of any kind
        return smpp::put(bind.out(), header.command | smpp::kResponse, 0, header.sequence,
                         [](std::string& out) { smpp::put_text(out, "upstream"); });
    }
  }

  void submitted(Bind& bind, std::uint32_t sequence, std::string_view frame) {
    std::size_t at = 16;
    smpp::cstring(frame, at);
    at += 2;
    const auto source = smpp::cstring(frame, at);
    at += 2;
    const auto destination = smpp::cstring(frame, at);
    count(destination);
    char id[24];
    const auto length = std::snprintf(id, sizeof id, "%llx", ++submits_);
    Receipt receipt{{id, static_cast<std::size_t>(length)}, std::string(source), std::string(destination)};
    smpp::put(bind.out(), smpp::kSubmit | smpp::kResponse, 0, sequence,
              [&](std::string& out) { smpp::put_text(out, receipt.id); });
    bind.waiting.push_back(std::move(receipt));
    ++waiting_;
  }

  // Each message of the load has a recipient of its own: its last digits are its number.
  void count(std::string_view destination) {
    const auto number =
        std::strtoull(std::string(destination.substr(destination.size() - 8)).c_str(), nullptr, 10);
    if (number >= seen_.size()) seen_.resize(number + 100'000);
    repeated_ += std::exchange(seen_[number], 1) != 0;
  }

  void report(Bind& bind) {
    char text[160];
    while (bind.open < kReceiptWindow && !bind.waiting.empty()) {
      const auto& receipt = bind.waiting.front();
      const auto length = std::snprintf(text, sizeof text,
                                        "id:%s sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 "
                                        "stat:DELIVRD err:000 text:",
                                        receipt.id.c_str());
      smpp::put(bind.out(), smpp::kDeliver, 0, ++bind.sequence, [&](std::string& out) {
        smpp::put_message(out, receipt.destination, receipt.source, 4, 0,
                          {text, static_cast<std::size_t>(length)});
        smpp::put_tlv(out, 0x001E, {receipt.id.c_str(), receipt.id.size() + 1});
        smpp::put_tlv(out, 0x0427, "\2");
      });
      bind.waiting.pop_front();
      ++bind.open;
    }
  }

  Epoll epoll_;
  int listener_;
  std::vector<std::unique_ptr<Bind>> binds_;
  std::vector<char> seen_;
  std::uint32_t status_ = 0;
  unsigned long long submits_ = 0, taken_ = 0, refused_ = 0, waiting_ = 0, repeated_ = 0;
};

}  // namespace

int main() try { Upstream().run(); } catch (const std::exception& error) {
  return std::fprintf(stderr, "sms_upstream: %s\n", error.what()), 1;
}

// The customer of `./warp bench sms`: submits messages, each to a recipient of its own, and takes their
// receipts.
//   sms_customer smpp PORT COUNT [OPTION VALUE]...
//   sms_customer box PORT COUNT [OPTION VALUE]...   over the protocol of Kannel's boxes, straight into its
//   bearerbox
// --binds, --window: how many, and submits of one without an answer. --rate: messages a second; none: as fast
// as it goes. --backlog: messages without a receipt at most. --seconds: submits for so long at most. --limit:
// ends then.
// --first: number of the first message. --queue: ends when all are answered, without waiting for receipts.
// --receive: submits nothing and waits for COUNT receipts.
// Prints "bound" when the submitting begins, and its figures as one line of JSON at the end.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "wire.h"

namespace {

using namespace bench;

constexpr std::string_view kSource = "12025550100";

struct Options {
  bool box = false, queue = false, receive = false;
  std::uint16_t port = 0;
  std::uint32_t count = 0, first = 0;
  std::size_t binds = 2, window = 100;
  std::uint32_t backlog = 0;
  double rate = 0, seconds = 0, limit = 60;
};

struct Bind : Connection {
  using Connection::Connection;
  std::size_t open = 0;
  bool bound = false;
};

class Customer {
 public:
  explicit Customer(const Options& options) : options_(options), sent_at_(options.count) {
    latencies_.reserve(options.count);
    for (std::size_t i = 0; i < options_.binds; ++i) {
      binds_.push_back(std::make_unique<Bind>(epoll_, connect_to(options_.port), options_.box ? 4 : 0));
      introduce(*binds_.back());
    }
  }

  void run() {
    const auto until = now_us() + static_cast<std::uint64_t>(options_.limit * 1e6);
    while (!complete() && !broken_ && now_us() < until) {
      epoll_.wait(options_.rate > 0 ? 1 : 100, [this](void* what, std::uint32_t) {
        auto& bind = *static_cast<Bind*>(what);
        broken_ |= !bind.read(
            [&](std::string_view frame) { options_.box ? heard_box(bind, frame) : heard(bind, frame); });
      });
      if (ready()) fill();
      for (const auto& bind : binds_)
        broken_ |= !bind->flush();
    }
    say();
  }

 private:
  bool complete() const {
    if (options_.receive) return receipts_ >= options_.count;
    const auto answered = accepted_ + refused_;
    return over() && answered >= next_ && (options_.queue || receipts_ >= accepted_);
  }
  bool over() const {
    if (began_ == 0) return false;
    return next_ >= options_.count ||
           (options_.seconds > 0 && double(now_us() - began_) >= options_.seconds * 1e6);
  }
  bool ready() {
    if (began_) return true;
    if (!std::all_of(binds_.begin(), binds_.end(), [](const auto& bind) { return bind->bound; }))
      return false;
    began_ = now_us();
    std::printf("bound\n");
    std::fflush(stdout);
    return true;
  }

  void fill() {
    if (options_.receive || over()) return;
    auto most = options_.count;
    if (options_.backlog > 0) most = std::min(most, receipts_ + refused_ + options_.backlog);
    if (options_.rate > 0)
      most = static_cast<std::uint32_t>(
          std::min<double>(most, static_cast<double>(now_us() - began_) * options_.rate / 1e6));
    for (std::size_t full = 0; next_ < most && full < binds_.size();) {
      auto& bind = *binds_[turn_++ % binds_.size()];
      if (bind.open >= options_.window) {
        ++full;
        continue;
      }
      full = 0;
      ++bind.open;
      // Measured from when it was due: what waits for the window waits for the server.
      sent_at_[next_] =
          options_.rate > 0 ? began_ + static_cast<std::uint64_t>(next_ * 1e6 / options_.rate) : now_us();
      options_.box ? submit_box(bind, next_) : submit(bind, next_);
      ++next_;
    }
  }

  void answered(Bind& bind, std::uint32_t index, bool ok) {
    if (index >= next_) throw std::runtime_error("an answer to nothing");
    --bind.open;
    ++(ok ? accepted_ : refused_);
    answered_at_ = now_us();
    latencies_.push_back(static_cast<std::uint32_t>(answered_at_ - sent_at_[index]));
  }
  void receipt() {
    const auto at = now_us();
    if (receipts_++ == 0) first_receipt_at_ = at;
    last_receipt_at_ = at;
    const std::uint64_t step = std::max<std::uint32_t>(options_.count / 10, 1);
    if (receipts_ % step == 0 && tenths_.size() < 10) tenths_.push_back(at);
  }

  struct Words {
    char recipient[16], text[64];
    explicit Words(std::uint32_t number) {
      std::snprintf(recipient, sizeof recipient, "4477%08u", number);
      std::snprintf(text, sizeof text, "Your order %08u is on its way and comes today", number);
    }
  };

  // SMPP
  void introduce(Bind& bind) {
    if (options_.box) return introduce_box(bind);
    smpp::put(bind.out(), smpp::kBindTransceiver, 0, 0x70000000, [](std::string& out) {
      for (const auto* text : {"tenant", "secret", ""})
        smpp::put_text(out, text);
      out.append("\x34\0\0\0", 4);
    });
    bind.flush();
  }
  void submit(Bind& bind, std::uint32_t index) {
    const Words words(options_.first + index);
    smpp::put(bind.out(), smpp::kSubmit, 0, index + 1,
              [&](std::string& out) { smpp::put_message(out, kSource, words.recipient, 0, 1, words.text); });
  }
  void heard(Bind& bind, std::string_view frame) {
    const auto header = smpp::header(frame);
    switch (header.command) {
      case smpp::kSubmit | smpp::kResponse:
        if (header.status != 0) status_ = header.status;
        return answered(bind, header.sequence - 1, header.status == 0);
      case smpp::kDeliver:
        smpp::put(bind.out(), smpp::kDeliver | smpp::kResponse, 0, header.sequence,
                  [](std::string& out) { out.push_back('\0'); });
        return receipt();
      case smpp::kBindTransceiver | smpp::kResponse:
        if (header.status != 0) throw std::runtime_error("the bind is refused");
        bind.bound = true;
        return;
      case smpp::kEnquire:
      case smpp::kUnbind:
        return smpp::put(bind.out(), header.command | smpp::kResponse, 0, header.sequence, [](auto&) {});
      default:
        return;
    }
  }

  // Kannel's boxes: a length, a type, then the type's fields in order; texts with a length, -1 for none.
  static constexpr std::uint32_t kAdmin = 1, kSms = 2, kAck = 3, kNone = 0xFFFFFFFF, kIdentify = 3, kPush = 2,
                                 kFinalReceipts = 19;
  static void put_octets(std::string& out, std::string_view text) {
    put32(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
  }
  template <class F>
  static void put_box(std::string& out, std::uint32_t type, F write) {
    const auto begin = out.size();
    put32(out, 0);
    put32(out, type);
    write(out);
    const auto length = htonl(static_cast<std::uint32_t>(out.size() - begin - 4));
    std::memcpy(out.data() + begin, &length, 4);
  }
  void introduce_box(Bind& bind) {
    put_box(bind.out(), kAdmin, [](std::string& out) {
      put32(out, kIdentify);
      put_octets(out, "bench");
    });
    bind.flush();
    bind.bound = true;
  }
  void submit_box(Bind& bind, std::uint32_t index) {
    const Words words(options_.first + index);
    char id[40];
    std::snprintf(id, sizeof id, "%08x-0000-4000-8000-000000000001", index + 1);
    put_box(bind.out(), kSms, [&](std::string& out) {
      put_octets(out, kSource);
      put_octets(out, words.recipient);
      put32(out, kNone);  // user data header
      put_octets(out, words.text);
      put32(out, static_cast<std::uint32_t>(std::time(nullptr)));
      for (int none = 0; none < 5; ++none)  // smsc, its number, foreign id, service, account
        put32(out, kNone);
      put_octets(out, id);
      // type, class, waiting indication, 7 bits, compression, validity, deferral, receipts
      for (const auto number : {kPush, kNone, kNone, 0u, kNone, kNone, kNone, kFinalReceipts})
        put32(out, number);
      put_octets(out, id);
      for (const auto number : {kNone, kNone, kNone, kNone})  // protocol, coding, reply path, character set
        put32(out, number);
      put_octets(out, "bench");
      for (int none = 0; none < 6; ++none)  // billing, left, priority, try, time of the try, meta data
        put32(out, kNone);
    });
  }
  void heard_box(Bind& bind, std::string_view frame) {
    const auto type = get32(frame.data() + 4);
    if (type == kAck)
      return answered(
          bind,
          static_cast<std::uint32_t>(std::strtoul(std::string(frame.substr(20, 8)).c_str(), nullptr, 16)) - 1,
          get32(frame.data() + 8) == 0);
    if (type != kSms) return;
    std::size_t at = 8;
    const auto text = [&] {
      const auto length = get32(frame.data() + at);
      const auto value = length == kNone ? std::string_view() : frame.substr(at + 4, length);
      at += 4 + value.size();
      return value;
    };
    for (int field = 0; field < 4; ++field)
      text();
    const auto time = get32(frame.data() + at);
    at += 4;
    for (int field = 0; field < 5; ++field)
      text();
    const auto id = text();
    put_box(bind.out(), kAck, [&](std::string& out) {
      put32(out, 0);
      put32(out, time);
      put_octets(out, id);
    });
    receipt();
  }

  void say() {
    const auto cpu = cpu_seconds();
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double q) {
      return latencies_.empty() ? 0 : latencies_[static_cast<std::size_t>(double(latencies_.size() - 1) * q)];
    };
    const auto seconds = [&](std::uint64_t at) { return at > began_ ? double(at - began_) / 1e6 : 0.0; };
    std::printf(
        "{\"sent\": %u, \"accepted\": %u, \"refused\": %u, \"last_status\": %u, \"receipts\": %u, "
        "\"broken\": %s, "
        "\"accept_seconds\": %.4f, \"receipt_seconds\": %.4f, \"first_receipt\": %.4f, \"p50_ms\": %.3f, "
        "\"p99_ms\": %.3f, \"max_ms\": %.3f, \"cpu_seconds\": %.3f, \"tenths\": [",
        next_, accepted_, refused_, status_, receipts_, broken_ ? "true" : "false", seconds(answered_at_),
        seconds(last_receipt_at_), seconds(first_receipt_at_), quantile(0.5) / 1e3, quantile(0.99) / 1e3,
        quantile(1) / 1e3, cpu);
    for (std::size_t i = 0; i < tenths_.size(); ++i)
      std::printf("%s%.4f", i ? ", " : "", seconds(tenths_[i]));
    std::printf("]}\n");
  }

  const Options options_;
  Epoll epoll_;
  std::vector<std::unique_ptr<Bind>> binds_;
  std::vector<std::uint64_t> sent_at_, tenths_;
  std::vector<std::uint32_t> latencies_;
  std::uint64_t began_ = 0, answered_at_ = 0, first_receipt_at_ = 0, last_receipt_at_ = 0;
  std::uint32_t next_ = 0, accepted_ = 0, refused_ = 0, receipts_ = 0, status_ = 0;
  std::size_t turn_ = 0;
  bool broken_ = false;
};

Options read_options(int argc, char** argv) {
  if (argc < 4) throw std::runtime_error("usage: see the source");
  Options options;
  options.box = std::string_view(argv[1]) == "box";
  options.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  options.count = static_cast<std::uint32_t>(std::atoi(argv[3]));
  for (int i = 4; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--queue") {
      options.queue = true;
      continue;
    }
    if (name == "--receive") {
      options.receive = true;
      continue;
    }
    const double value = i + 1 < argc ? std::atof(argv[++i]) : -1;
    if (name == "--binds" && value > 0)
      options.binds = static_cast<std::size_t>(value);
    else if (name == "--window" && value > 0)
      options.window = static_cast<std::size_t>(value);
    else if (name == "--rate" && value > 0)
      options.rate = value;
    else if (name == "--first" && value >= 0)
      options.first = static_cast<std::uint32_t>(value);
    else if (name == "--backlog" && value > 0)
      options.backlog = static_cast<std::uint32_t>(value);
    else if (name == "--seconds" && value > 0)
      options.seconds = value;
    else if (name == "--limit" && value > 0)
      options.limit = value;
    else
      throw std::runtime_error("an option is wrong: " + std::string(name));
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  Customer(read_options(argc, argv)).run();
} catch (const std::exception& error) {
  return std::fprintf(stderr, "sms_customer: %s\n", error.what()), 1;
}

// Load for HTTP servers: N keep-alive connections from one thread, one request at a time on each; rates and
// latencies as JSON. The same for every server, so that only the servers differ.
//
//   api_load HOST PORT CONNECTIONS SECONDS METHOD PATH [HEADER…] [--body TEXT]
//
// `{n}` in path, headers and body is a number that no other request of the run has.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  sockaddr_in server{};
  unsigned connections = 1;
  double seconds = 1;
  std::string head, body;  // with {n}
};

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "api_load: %s: %s\n", what, std::strerror(errno));
  std::exit(2);
}

std::string filled(std::string_view text, const std::string& number) {
  std::string out;
  while (true) {
    const auto at = text.find("{n}");
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += number;
    text.remove_prefix(at + 3);
  }
}

// An answer's length once its head is there; 0: not yet.
std::size_t answer_length(std::string_view data) {
  const auto end = data.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  auto head = data.substr(0, end);
  std::size_t length = 0;
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    constexpr std::string_view kName = "content-length:";
    if (line.size() <= kName.size()) continue;
    const bool named = std::equal(kName.begin(), kName.end(), line.begin(),
                                  [](char a, char b) { return a == (b | 0x20) || a == b; });
    if (!named) continue;
    const auto value = line.substr(line.find_first_not_of(' ', kName.size()));
    std::from_chars(value.data(), value.data() + value.size(), length);
  }
  return end + 4 + length;
}

class Connection {
 public:
  Connection(const Plan& plan, int epoll) : plan_(plan) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&plan.server), sizeof plan.server) != 0)
      die("connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) != 0) die("epoll_ctl");
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void ask(std::uint64_t number) {
    const auto digits = std::to_string(number);
    const auto body = filled(plan_.body, digits);
    auto text = filled(plan_.head, digits);
    if (!plan_.body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n" + body;
    data_.clear();
    asked_ = Clock::now();
    for (std::string_view rest = text; !rest.empty();) {
      const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) die("send");
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // True when the answer is whole.
  bool readable() {
    std::array<char, 65536> room;
    const auto count = ::recv(fd_, room.data(), room.size(), 0);
    if (count <= 0) die("recv");
    data_.append(room.data(), static_cast<std::size_t>(count));
    const auto length = answer_length(data_);
    return length > 0 && data_.size() >= length;
  }
  bool good() const { return data_.size() > 9 && data_[9] == '2'; }
  std::size_t octets() const { return data_.size(); }
  const std::string& data() const { return data_; }
  double micros() const { return std::chrono::duration<double, std::micro>(Clock::now() - asked_).count(); }

 private:
  const Plan& plan_;
  int fd_;
  std::string data_;
  Clock::time_point asked_{};
};

struct Seen {
  std::vector<float> micros;
  std::uint64_t errors = 0, octets = 0;
  std::string first_error;
};

Seen run(const Plan& plan) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections;
  for (unsigned i = 0; i < plan.connections; ++i)
    connections.push_back(std::make_unique<Connection>(plan, epoll));
  // Numbers of one run are no other's.
  std::uint64_t number =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(plan.seconds));
  Seen seen;
  seen.micros.reserve(1 << 20);
  for (auto& connection : connections)
    connection->ask(number++);
  std::size_t busy = connections.size();
  while (busy > 0) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 30'000);
    if (count <= 0) die("no answer in 30 s");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!connection.readable()) continue;
      seen.micros.push_back(static_cast<float>(connection.micros()));
      seen.octets += connection.octets();
      if (!connection.good()) {
        if (seen.errors++ == 0) seen.first_error = connection.data().substr(0, 600);
      }
      if (Clock::now() < end)
        connection.ask(number++);
      else
        --busy;
    }
  }
  ::close(epoll);
  return seen;
}

Plan read_plan(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr,
                 "usage: api_load HOST PORT CONNECTIONS SECONDS METHOD PATH [HEADER...] [--body TEXT]\n");
    std::exit(2);
  }
  Plan plan;
  plan.server.sin_family = AF_INET;
  plan.server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &plan.server.sin_addr) != 1) die("host");
  plan.connections = static_cast<unsigned>(std::atoi(argv[3]));
  if (plan.connections == 0) plan.connections = 1;
  plan.seconds = std::atof(argv[4]);
  plan.head = std::string(argv[5]) + " " + argv[6] + " HTTP/1.1\r\nHost: bench\r\n";
  for (int i = 7; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--body" && i + 1 < argc)
      plan.body = argv[++i];
    else
      plan.head += std::string(argv[i]) + "\r\n";
  }
  return plan;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  const auto plan = read_plan(argc, argv);
  const auto began = Clock::now();
  auto seen = run(plan);
  const auto took = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(seen.micros.begin(), seen.micros.end());
  const auto at = [&](double part) {
    return seen.micros[std::min(seen.micros.size() - 1,
                                static_cast<std::size_t>(part * static_cast<double>(seen.micros.size())))];
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  const auto count = seen.micros.size();
  std::printf(
      "{\"requests\": %zu, \"errors\": %llu, \"seconds\": %.3f, \"rate\": %.0f, \"p50_us\": %.0f, "
      "\"p99_us\": %.0f, \"octets\": %llu, \"cpu_seconds\": %.3f, \"first_error\": %s}\n",
      count, static_cast<unsigned long long>(seen.errors), took, static_cast<double>(count) / took,
      static_cast<double>(at(0.5)), static_cast<double>(at(0.99)),
      static_cast<unsigned long long>(seen.octets / count), cpu, quoted(seen.first_error).c_str());
  return seen.errors == 0 ? 0 : 1;
}

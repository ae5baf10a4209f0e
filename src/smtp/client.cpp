#include "warp/smtp/client.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "client_connection.h"

namespace warp::smtp {

std::string_view to_string(Step step) {
  switch (step) {
    case Step::Connect:
      return "connect";
    case Step::Login:
      return "login";
    case Step::Sender:
      return "sender";
    case Step::Recipient:
      return "recipient";
    case Step::Data:
      return "data";
  }
  return {};
}

std::string_view to_string(Outcome::Result result) {
  switch (result) {
    case Outcome::Result::Accepted:
      return "accepted";
    case Outcome::Result::Temporary:
      return "temporary";
    case Outcome::Result::Permanent:
      return "permanent";
    case Outcome::Result::Ambiguous:
      return "ambiguous";
  }
  return {};
}

struct Client::Impl final : ClientConnectionOwner, std::enable_shared_from_this<Client::Impl> {
  struct Job {
    Letter letter;
    Done done;
  };
  struct Line {
    std::shared_ptr<ClientConnection> connection;
    std::unique_ptr<Job> job;
  };

  Impl(net::Loop& l, ClientSettings s, metrics::Registry& registry)
      : loop(l), settings(std::move(s)), metrics(registry) {
    settings.connections = std::max<std::size_t>(settings.connections, 1);
  }

  void answer(Done done, Outcome outcome) {
    loop.post([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
  }
  Line* line_of(const ClientConnection& connection) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const Line& line) { return line.connection.get() == &connection; });
    return found == lines.end() ? nullptr : &*found;
  }

  void connection_ready(ClientConnection& connection) override {
    for (auto& done : std::exchange(probes, {}))
      answer(std::move(done), {Outcome::Result::Accepted, Step::Login, 250, {}});
    auto* line = line_of(connection);
    if (!line || line->job) return;
    if (waiting.empty()) {
      if (stopping) connection.quit();
      return;
    }
    line->job = std::move(waiting.front());
    waiting.pop_front();
    connection.send(line->job->letter);
  }

  void mail_ended(ClientConnection& connection, const Outcome& outcome, bool again) override {
    auto* line = line_of(connection);
    if (!line || !line->job) return;
    auto job = std::move(line->job);
    if (again && !stopping) return waiting.push_front(std::move(job));
    metrics.sent(outcome.result).add();
    answer(std::move(job->done), outcome);
  }

  void connection_ended(ClientConnection& connection, const std::optional<Outcome>& outcome) override {
    const auto keep = connection.shared_from_this();
    std::erase_if(lines, [&](const Line& line) { return line.connection.get() == &connection; });
    // With others open, it may be that more are not wanted there.
    if (outcome && lines.empty()) fail_all(*outcome);
    if (!outcome) start_lines();
    check_stopped();
  }

  // Nobody is there: what waits is answered, rather than tried without end.
  void fail_all(const Outcome& outcome) {
    for (auto& done : std::exchange(probes, {}))
      answer(std::move(done), outcome);
    for (auto& job : std::exchange(waiting, {})) {
      metrics.sent(outcome.result).add();
      answer(std::move(job->done), outcome);
    }
  }

  void start_lines() {
    const auto idle = std::count_if(lines.begin(), lines.end(), [](const Line& line) { return !line.job; });
    auto wanted = std::max(waiting.size(), probes.empty() ? std::size_t{0} : std::size_t{1});
    wanted -= std::min(wanted, static_cast<std::size_t>(idle));
    while (wanted-- > 0 && lines.size() < settings.connections) {
      lines.push_back({std::make_shared<ClientConnection>(loop, settings, *this, metrics), nullptr});
      lines.back().connection->connect();
    }
  }

  void pump() {
    const auto ready = std::find_if(lines.begin(), lines.end(),
                                    [](const Line& line) { return !line.job && line.connection->ready(); });
    if (ready != lines.end()) return connection_ready(*std::shared_ptr(ready->connection));
    start_lines();
  }

  void check_stopped() {
    if (!stopping || !lines.empty()) return;
    loop.wheel().cancel(limit);
    if (auto done = std::exchange(stopping, nullptr)) loop.post(std::move(done));
  }

  void cut() {
    for (auto& line : std::exchange(lines, {})) {
      line.connection->abandon();
      if (!line.job) continue;
      metrics.sent(Outcome::Result::Ambiguous).add();
      answer(std::move(line.job->done), {Outcome::Result::Ambiguous, Step::Data, 0, "cut off"});
    }
  }

  net::Loop& loop;
  ClientSettings settings;
  ClientMetrics metrics;
  std::vector<Line> lines;
  std::deque<std::unique_ptr<Job>> waiting;
  std::vector<Done> probes;
  std::function<void()> stopping;  // empty: not stopping
  net::TimerWheel::Handle limit;
};

Client::Client(net::Loop& loop, ClientSettings settings, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), metrics)) {}

Client::~Client() {
  impl_->loop.wheel().cancel(impl_->limit);
  for (auto& line : impl_->lines)
    line.connection->abandon();
}

void Client::send(Letter letter, Done done) {
  if (impl_->stopping || impl_->waiting.size() >= impl_->settings.max_queued)
    return impl_->answer(std::move(done), {Outcome::Result::Temporary, Step::Connect, 0, "not taken"});
  impl_->waiting.push_back(std::make_unique<Impl::Job>(Impl::Job{std::move(letter), std::move(done)}));
  impl_->pump();
}

void Client::probe(Done done) {
  if (impl_->stopping)
    return impl_->answer(std::move(done), {Outcome::Result::Temporary, Step::Connect, 0, "not taken"});
  impl_->probes.push_back(std::move(done));
  impl_->pump();
}

std::size_t Client::pending() const {
  const auto& lines = impl_->lines;
  return impl_->waiting.size() +
         static_cast<std::size_t>(
             std::count_if(lines.begin(), lines.end(), [](const auto& l) { return l.job != nullptr; }));
}

void Client::stop(std::chrono::milliseconds limit, std::function<void()> done) {
  impl_->stopping = std::move(done);
  impl_->fail_all({Outcome::Result::Temporary, Step::Connect, 0, "not taken"});
  const auto lines = impl_->lines.size();
  std::vector<std::shared_ptr<ClientConnection>> idle;
  for (const auto& line : impl_->lines)
    if (!line.job) idle.push_back(line.connection);
  for (const auto& connection : idle)
    connection->quit();
  if (lines == 0 || impl_->lines.empty()) return impl_->check_stopped();
  impl_->limit = impl_->loop.wheel().arm(limit, [impl = std::weak_ptr<Impl>(impl_)] {
    const auto alive = impl.lock();
    if (!alive) return;
    alive->cut();
    alive->check_stopped();
  });
}

}  // namespace warp::smtp

#include "client_impl.h"

#include <algorithm>
#include <utility>

#include "greeting.h"

namespace warp::redis {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What a connection or a connector holds of the client is weak: the client holds them.
class Greeted final : public net::Completion<Answer> {
 public:
  Greeted(std::weak_ptr<Client::Impl> client, std::vector<Arguments> greeting)
      : client_(std::move(client)), greeting_(std::move(greeting)) {}
  void complete(Answer answer) override {
    if (const auto client = client_.lock()) client->greeted(greeting_, answer);
  }

 private:
  std::weak_ptr<Client::Impl> client_;
  std::vector<Arguments> greeting_;
};

class Ignored final : public net::Completion<Answer> {
 public:
  void complete(Answer) override {}
};

Call own_call(const std::vector<Arguments>& commands, std::unique_ptr<net::Completion<Answer>> waiter) {
  Call call;
  call.wire = encode(commands);
  call.commands = commands.size();
  call.waiter = std::move(waiter);
  call.counted = false;
  return call;
}

}  // namespace

Client::Impl::Impl(asio::any_io_executor executor, Settings wanted, metrics::Registry& registry,
                   log::Logger& logger)
    : strand(asio::make_strand(std::move(executor))),
      settings(std::move(wanted)),
      metrics(registry),
      log(logger),
      connect_limit(strand),
      retry(strand),
      ping(strand),
      closing_limit(strand),
      backoff(settings.backoff_min) {}

asio::awaitable<Answer> Client::Impl::run(std::vector<Arguments> commands) {
  if (commands.empty()) co_return std::vector<Reply>();
  auto why = refusal(commands, settings.max_unsent_octets);
  if (!why && commands.size() > settings.max_in_flight) why = "more commands than max_in_flight";
  if (why) {
    metrics.failed(ErrorKind::BadCommand, commands.size());
    co_return Error{ErrorKind::BadCommand, std::move(*why)};
  }
  Call call;
  call.began = now();
  call.wire = encode(commands);
  call.commands = commands.size();
  auto start = [self = shared_from_this(),
                call = std::move(call)](std::unique_ptr<net::Completion<Answer>> waiter) mutable {
    call.waiter = std::move(waiter);
    const auto strand = self->strand;
    asio::post(strand,
               [self = std::move(self), call = std::move(call)]() mutable { self->submit(std::move(call)); });
  };
  co_return co_await net::suspend<Answer>(std::move(start));
}

void Client::Impl::submit(Call call) {
  if (closing) return refuse(std::move(call), ErrorKind::Cancelled, "the client is closed");
  if (!up) return refuse(std::move(call), ErrorKind::Unavailable, last_failure);
  connection->send(std::move(call), now() + settings.command_timeout);
}

void Client::Impl::refuse(Call call, ErrorKind kind, std::string message) {
  metrics.failed(kind, call.commands);
  call.waiter->complete(Error{kind, std::move(message)});
}

void Client::Impl::start() {
  if (closing || std::exchange(started, true)) return;
  connect();
}

void Client::Impl::connect() {
  connect_deadline = now() + settings.connect_timeout;
  connect_limit.expires_at(connect_deadline);
  connect_limit.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->up || self->closing || now() < self->connect_deadline) return;
    self->attempt_failed("no connection within connect_timeout");
  });
  connector = std::make_shared<Connector>(strand, settings.url, settings.tls,
                                          [weak = weak_from_this()](Connector::Outcome outcome) {
                                            if (const auto self = weak.lock())
                                              self->connected(std::move(outcome));
                                          });
  connector->start();
}

void Client::Impl::connected(Connector::Outcome outcome) {
  connector.reset();
  if (!outcome) return attempt_failed(std::move(outcome).error());
  connection = std::make_shared<Connection>(strand, std::move(*outcome), settings, metrics);
  connection->start({[weak = weak_from_this()] {
                       if (const auto self = weak.lock()) self->settle();
                     },
                     [weak = weak_from_this()](std::string message) {
                       if (const auto self = weak.lock()) self->lost(std::move(message));
                     }});
  greet();
}

void Client::Impl::greet() {
  auto commands = greeting(settings);
  auto call = own_call(commands, nullptr);
  call.waiter = std::make_unique<Greeted>(weak_from_this(), std::move(commands));
  connection->send(std::move(call), connect_deadline);
}

// A connection that breaks meanwhile is told by lost(), a server that is silent by connect_limit.
void Client::Impl::greeted(const std::vector<Arguments>& greeting, const Answer& answer) {
  if (closing || !answer) return;
  if (auto why = not_let_in(greeting, *answer)) return attempt_failed(std::move(*why));
  let_in();
}

void Client::Impl::let_in() {
  connect_limit.cancel();
  up = true;
  up_since = now();
  metrics.connected.set(1);
  if (std::exchange(ever_up, true)) metrics.reconnects.add();
  const auto away = outage_since ? up_since - *outage_since : Monotonic::duration::zero();
  outage_since.reset();
  log.info("redis.connected",
           {{"server", to_string(settings.url)},
            {"outage_ms", std::chrono::duration_cast<std::chrono::milliseconds>(away).count()}});
  healthy.store(true, std::memory_order_relaxed);
  keep_alive();
}

void Client::Impl::attempt_failed(std::string message) {
  metrics.connect_failures.add();
  drop_connection();
  note_outage("redis.connect_failed", std::move(message));
  back_off();
}

void Client::Impl::lost(std::string message) {
  if (closing) {
    connection.reset();
    return settle();
  }
  if (!up) return attempt_failed(std::move(message));
  // One that lets us in only to drop us gets no more attempts than one that does not.
  if (now() - up_since >= settings.backoff_max) backoff = settings.backoff_min;
  drop_connection();
  note_outage("redis.connection_lost", std::move(message));
  back_off();
}

void Client::Impl::drop_connection() {
  up = false;
  healthy.store(false, std::memory_order_relaxed);
  metrics.connected.set(0);
  connect_limit.cancel();
  ping.cancel();
  if (const auto pending = std::exchange(connector, nullptr)) pending->cancel();
  if (const auto old = std::exchange(connection, nullptr)) old->close();
}

void Client::Impl::note_outage(const char* event, std::string message) {
  last_failure = std::move(message);
  const bool first = !outage_since;
  if (first) outage_since = now();
  if (!first && !log.enabled(log::Level::Debug)) return;
  log.write(first ? log::Level::Warning : log::Level::Debug, event,
            {{"server", to_string(settings.url)}, {"error", last_failure}});
}

void Client::Impl::back_off() {
  // Between half and all of the step: daemons that lost one server do not come back in step.
  const auto step = static_cast<std::uint64_t>(backoff.count());
  retry.expires_after(std::chrono::milliseconds(step / 2 + random.next64() % (step / 2 + 1)));
  backoff = std::min(backoff * 2, settings.backoff_max);
  retry.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->closing) self->connect();
  });
}

// A dead peer of an idle connection is found out before somebody needs it.
void Client::Impl::keep_alive() {
  replies_seen = connection->replies();
  ping.expires_after(settings.ping_interval);
  ping.async_wait([self = shared_from_this()](error_code error) {
    if (error || !self->up || self->closing) return;
    const auto& connection = self->connection;
    if (connection->in_flight() == 0 && connection->replies() == self->replies_seen)
      connection->send(own_call({{"PING"}}, std::make_unique<Ignored>()),
                       now() + self->settings.command_timeout);
    self->keep_alive();
  });
}

asio::awaitable<void> Client::Impl::close() {
  auto start = [self = shared_from_this()](std::unique_ptr<net::Completion<bool>> waiter) {
    asio::post(self->strand, [self, waiter = std::move(waiter)]() mutable {
      self->closers.push_back(std::move(waiter));
      self->stop();
    });
  };
  co_await net::suspend<bool>(std::move(start));
}

void Client::Impl::stop() {
  if (!std::exchange(closing, true)) {
    connect_limit.cancel();
    retry.cancel();
    ping.cancel();
    if (const auto pending = std::exchange(connector, nullptr)) pending->cancel();
    if (!up && connection) std::exchange(connection, nullptr)->close();
    // Ends before only when a deadline was missed; and keeps us alive until those in flight have their
    // answer.
    closing_limit.expires_after(settings.command_timeout + settings.grace);
    closing_limit.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      self->drop_connection();
      self->settle();
    });
  }
  settle();
}

void Client::Impl::settle() {
  if (!closing || (connection && connection->waited_for())) return;
  drop_connection();
  closing_limit.cancel();
  for (auto& closer : std::exchange(closers, {}))
    closer->complete(true);
}

}  // namespace warp::redis

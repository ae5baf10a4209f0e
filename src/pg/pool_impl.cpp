#include "pool_impl.h"

#include <algorithm>
#include <utility>

namespace warp::pg {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Monotonic now() {
  return std::chrono::steady_clock::now();
}

// Nothing of the segment was executed, and on another connection it would be.
bool stale_statement(const Answer& answer) {
  return answer.has_error() && (answer.error().sqlstate == "26000" || answer.error().sqlstate == "0A000");
}

constexpr std::chrono::seconds kClosingLimit{5};

}  // namespace

Pool::Impl::Impl(asio::any_io_executor executor, PoolSettings wanted, metrics::Registry& registry,
                 log::Logger& logger)
    : strand(asio::make_strand(std::move(executor))),
      settings(std::move(wanted)),
      metrics(registry, settings.name),
      log(logger),
      expiry(strand),
      retry(strand),
      closing_limit(strand),
      backoff(settings.backoff_min) {}

asio::awaitable<Answer> Pool::Impl::run(std::vector<Command> commands, std::chrono::milliseconds timeout,
                                        std::string_view label) {
  auto start = [self = shared_from_this(), commands = std::move(commands), timeout,
                label](std::shared_ptr<net::Completion<Answer>> waiter) mutable {
    auto call = std::make_shared<Call>(Call{std::move(waiter), label, now(), timeout});
    asio::post(self->strand, [self, commands = std::move(commands), call = std::move(call)]() mutable {
      self->submit(std::move(commands), std::move(call));
    });
  };
  return net::suspend<Answer>(std::move(start));
}

asio::awaitable<Pool::Impl::Grant> Pool::Impl::acquire() {
  auto start = [self = shared_from_this()](std::shared_ptr<net::Completion<Grant>> waiter) {
    asio::post(self->strand, [self, waiter = std::move(waiter)]() mutable {
      Job job;
      job.granted = std::move(waiter);
      self->enqueue(std::move(job));
    });
  };
  return net::suspend<Grant>(std::move(start));
}

void Pool::Impl::submit(std::vector<Command> commands, std::shared_ptr<Call> call) {
  Job job;
  job.timeout = call->timeout;
  job.segment.emplace();
  job.segment->commands = std::move(commands);
  job.segment->done = [self = shared_from_this(), call](Segment& segment, Answer answer) {
    self->answered(call, segment, std::move(answer));
  };
  enqueue(std::move(job));
}

void Pool::Impl::answered(const std::shared_ptr<Call>& call, Segment& segment, Answer answer) {
  if (stale_statement(answer) && !std::exchange(call->retried, true))
    return submit(std::move(segment.commands), call);
  metrics.ended(call->label, call->began, kind_of(answer));
  call->waiter->complete(std::move(answer));
}

void Pool::Impl::enqueue(Job job) {
  if (closing) return fail(std::move(job), {ErrorKind::Cancelled, {}, "the pool is closed", {}});
  if (waiting.size() >= settings.queue)
    return fail(std::move(job), {ErrorKind::PoolExhausted, {}, "too many wait for a connection", {}});
  job.deadline = now() + settings.acquire_timeout;
  waiting.push_back(std::move(job));
  serve();
}

void Pool::Impl::fail(Job job, Error error) {
  if (job.segment)
    job.segment->done(*job.segment, std::move(error));
  else
    job.granted->complete(std::move(error));
}

// First come, first served: who wants a connection alone is not overtaken for ever by those who share.
void Pool::Impl::serve() {
  if (std::exchange(serving, true)) return;
  while (!waiting.empty()) {
    const auto connection = pick(!waiting.front().segment);
    if (!connection) break;
    auto job = std::move(waiting.front());
    waiting.pop_front();
    if (job.segment) {
      job.segment->deadline = now() + job.timeout + settings.grace;
      connection->send(std::move(*job.segment));
    } else {
      connection->exclusive = true;
      job.granted->complete(connection);
    }
  }
  serving = false;
  metrics.waiting.set(static_cast<double>(waiting.size()));
  grow();
  if (!waiting.empty() && !std::exchange(expiry_armed, true)) {
    expiry.expires_at(waiting.front().deadline);
    expiry.async_wait([self = shared_from_this()](error_code error) {
      self->expiry_armed = false;
      if (!error) self->expire();
    });
  }
}

void Pool::Impl::expire() {
  const auto up = !connections.empty();
  while (!waiting.empty() && waiting.front().deadline <= now()) {
    auto job = std::move(waiting.front());
    waiting.pop_front();
    fail(std::move(job), {up ? ErrorKind::PoolExhausted : ErrorKind::Unavailable,
                          {},
                          up ? "no connection became free in time" : last_failure,
                          {}});
  }
  serve();
}

// An idle connection, or a new one; only when there can be no new one, the one with the least before it.
std::shared_ptr<Connection> Pool::Impl::pick(bool alone) {
  const auto at = now();
  std::shared_ptr<Connection> best;
  for (const auto& connection : connections) {
    if (connection->exclusive || connection->retire || !connection->alive()) continue;
    if (connection->in_flight() == 0) return connection;
    if (connection->in_flight() >= settings.depth) continue;
    if (!best || connection->load(at) < best->load(at)) best = connection;
  }
  const bool may_grow = connections.size() < settings.size && !backing_off;
  return alone || may_grow ? nullptr : best;
}

void Pool::Impl::release(const std::shared_ptr<Connection>& connection) {
  connection->exclusive = false;
  sweep();
  serve();
}

void Pool::Impl::sweep() {
  std::erase_if(connections, [this](const std::shared_ptr<Connection>& connection) {
    const bool idle = connection->in_flight() == 0 && !connection->exclusive;
    if (!idle || !(closing || connection->retire)) return false;
    connection->close();
    return true;
  });
  count_connections();
  if (!closing || !connections.empty()) return;
  closing_limit.cancel();
  for (auto& closer : std::exchange(closers, {}))
    closer->complete(true);
}

void Pool::Impl::count_connections() {
  healthy.store(!connections.empty(), std::memory_order_relaxed);
  metrics.open.set(static_cast<double>(connections.size()));
}

// One connection is made at a time, as long as callers wait for one.
void Pool::Impl::grow() {
  if (closing || connector || backing_off || connections.size() >= settings.size) return;
  if (connections.empty() || !waiting.empty()) connect();
}

void Pool::Impl::connect() {
  connector = std::make_shared<Connector>(strand, settings.conninfo, settings.connect_timeout,
                                          [self = shared_from_this()](Expected<ConnectionHandle> outcome) {
                                            self->connected(std::move(outcome));
                                          });
  connector->start();
}

void Pool::Impl::connected(Expected<ConnectionHandle> outcome) {
  connector.reset();
  metrics.connected(outcome.has_value());
  if (!outcome) {
    last_failure = outcome.error().message;
    if (closing) return;
    log.warning("pg.connect_failed", {{"error", last_failure}, {"retry_ms", backoff.count()}});
    back_off();
    return serve();  // those who waited for this connection share the others
  }
  if (closing) return;
  backoff = settings.backoff_min;
  auto connection = std::make_shared<Connection>(strand, std::move(*outcome));
  connections.push_back(connection);
  count_connections();
  const std::weak_ptr<Connection> weak = connection;
  connection->start({[self = shared_from_this()] {
                       self->sweep();
                       self->serve();
                     },
                     [self = shared_from_this(), weak](const Error& error) {
                       if (const auto gone = weak.lock()) self->lost(gone, error);
                     }});
  serve();
}

void Pool::Impl::lost(const std::shared_ptr<Connection>& connection, const Error& error) {
  if (std::erase(connections, connection) == 0) return;
  last_failure = error.message;
  log.warning("pg.connection_lost", {{"error", error.message}});
  sweep();
  if (connections.empty() && !closing) back_off();
  serve();
}

void Pool::Impl::back_off() {
  if (std::exchange(backing_off, true)) return;
  // Between half and all of the step: daemons that lost one server do not come back in step.
  const auto step = static_cast<std::uint64_t>(backoff.count());
  retry.expires_after(std::chrono::milliseconds(step / 2 + random.next64() % (step / 2 + 1)));
  backoff = std::min(backoff * 2, settings.backoff_max);
  retry.async_wait([self = shared_from_this()](error_code error) {
    self->backing_off = false;
    if (!error) self->serve();
  });
}

asio::awaitable<void> Pool::Impl::close() {
  const auto self = shared_from_this();
  auto start = [self](std::shared_ptr<net::Completion<bool>> waiter) {
    asio::post(self->strand, [self, waiter = std::move(waiter)] {
      self->closers.push_back(waiter);
      self->stop();
    });
  };
  co_await net::suspend<bool>(std::move(start));
}

void Pool::Impl::stop() {
  if (!std::exchange(closing, true)) {
    if (auto pending = std::exchange(connector, nullptr)) pending->cancel();
    retry.cancel();
    expiry.cancel();
    for (auto& job : std::exchange(waiting, {}))
      fail(std::move(job), {ErrorKind::Cancelled, {}, "the pool is closed", {}});
    closing_limit.expires_after(kClosingLimit);
    closing_limit.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      for (const auto& connection : std::exchange(self->connections, {}))
        connection->close();
      self->sweep();
    });
  }
  sweep();
}

}  // namespace warp::pg

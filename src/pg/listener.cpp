#include "warp/pg/listener.h"

#include <atomic>
#include <utility>

#include <boost/asio.hpp>
#include <libpq-fe.h>

#include "warp/base/random.h"

#include "connector.h"

namespace warp::pg {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(asio::any_io_executor executor, ListenerSettings s, Handlers h, metrics::Registry& registry,
       log::Logger& l)
      : strand(asio::make_strand(std::move(executor))),
        settings(std::move(s)),
        handlers(std::move(h)),
        notifications(
            registry.counter("warp_pg_notifications_total", "Notifications received from Postgres.")),
        connects(registry.counter("warp_pg_listener_connects_total",
                                  "Times that the listening connection was made.")),
        log(l),
        descriptor(strand),
        timer(strand),
        backoff(settings.backoff_min) {}

  void connect();
  void connected(Expected<ConnectionHandle> outcome);
  void wait_read();
  void read();
  void results();
  void notices();
  void flush();
  void probe();
  void lost(std::string why);
  void stop();

  const asio::any_io_executor strand;
  const ListenerSettings settings;
  const Handlers handlers;
  metrics::Counter &notifications, &connects;
  log::Logger& log;
  std::shared_ptr<Connector> connector;
  ConnectionHandle handle;
  stream_descriptor descriptor;
  asio::steady_timer timer;  // the next attempt, or the next probe
  std::chrono::milliseconds backoff;
  SecureIdSource random;
  bool asking = false, listening = false;
  std::atomic<bool> up{false}, stopped{false};
};

void Listener::Impl::connect() {
  if (stopped) return;
  connector = std::make_shared<Connector>(strand, settings.conninfo, settings.connect_timeout,
                                          [self = shared_from_this()](Expected<ConnectionHandle> outcome) {
                                            self->connected(std::move(outcome));
                                          });
  connector->start();
}

void Listener::Impl::connected(Expected<ConnectionHandle> outcome) {
  connector.reset();
  if (stopped) return;
  if (!outcome) return lost(outcome.error().message);
  handle = std::move(*outcome);
  error_code error;
  descriptor.assign(PQsocket(handle.get()), error);
  std::string sql;
  for (const auto& channel : settings.channels)
    sql += "LISTEN " + channel + ";";
  if (error || PQsendQuery(handle.get(), sql.c_str()) == 0) return lost(PQerrorMessage(handle.get()));
  asking = true;
  listening = false;
  flush();
  wait_read();
  probe();
}

void Listener::Impl::wait_read() {
  if (!handle) return;
  descriptor.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](error_code error) {
    if (!error && self->handle && !self->stopped) self->read();
  });
}

void Listener::Impl::flush() {
  if (handle && PQflush(handle.get()) == 1)
    descriptor.async_wait(stream_descriptor::wait_write, [self = shared_from_this()](error_code error) {
      if (!error) self->flush();
    });
}

void Listener::Impl::read() {
  if (PQconsumeInput(handle.get()) == 0) return lost(PQerrorMessage(handle.get()));
  if (asking) results();
  if (!handle) return;
  notices();
  wait_read();
}

void Listener::Impl::results() {
  while (PQisBusy(handle.get()) == 0) {
    auto* result = PQgetResult(handle.get());
    if (!result) {
      asking = false;
      break;
    }
    const auto status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return lost(PQerrorMessage(handle.get()));
  }
  if (asking || std::exchange(listening, true)) return;
  backoff = settings.backoff_min;
  up = true;
  connects.add();
  if (handlers.on_connect && !stopped) handlers.on_connect();
}

void Listener::Impl::notices() {
  while (handle && !stopped) {
    const std::unique_ptr<PGnotify, void (*)(void*)> note(PQnotifies(handle.get()), PQfreemem);
    if (!note) return;
    notifications.add();
    if (handlers.on_notify) handlers.on_notify(note->relname, note->extra);
  }
}

// A question that is still open when the next one is due means that nobody is there.
void Listener::Impl::probe() {
  timer.expires_after(settings.probe);
  timer.async_wait([self = shared_from_this()](error_code error) {
    if (error || !self->handle || self->stopped) return;
    if (self->asking || PQsendQuery(self->handle.get(), "SELECT 1") == 0)
      return self->lost("the probe was not answered");
    self->asking = true;
    self->flush();
    self->probe();
  });
}

void Listener::Impl::lost(std::string why) {
  if (descriptor.is_open()) descriptor.release();
  handle.reset();
  up = false;
  if (stopped) return;
  log.warning("pg.listener_lost", {{"error", why}, {"retry_ms", backoff.count()}});
  const auto step = static_cast<std::uint64_t>(backoff.count());
  timer.expires_after(std::chrono::milliseconds(step / 2 + random.next64() % (step / 2 + 1)));
  backoff = std::min(backoff * 2, settings.backoff_max);
  timer.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->connect();
  });
}

void Listener::Impl::stop() {
  if (auto pending = std::exchange(connector, nullptr)) pending->cancel();
  timer.cancel();
  if (descriptor.is_open()) descriptor.release();
  handle.reset();
  up = false;
}

Listener::Listener(asio::any_io_executor executor, ListenerSettings settings, Handlers handlers,
                   metrics::Registry& metrics, log::Logger& log)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), std::move(handlers), metrics,
                                   log)) {}

Listener::~Listener() {
  stop();
}
void Listener::start() {
  asio::post(impl_->strand, [impl = impl_] { impl->connect(); });
}
void Listener::stop() {
  if (!impl_->stopped.exchange(true)) asio::post(impl_->strand, [impl = impl_] { impl->stop(); });
}
bool Listener::connected() const {
  return impl_->up;
}

}  // namespace warp::pg

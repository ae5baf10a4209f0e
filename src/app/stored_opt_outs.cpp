#include "app/stored_opt_outs.h"

namespace warp::app {

void StoredOptOuts::set(domain::OptOut entry, bool opted_out, Done done) {
  auto task = write(std::move(entry), opted_out, done);
  if (!tasks_.spawn("messaging.opt_out", std::move(task)))
    home_.post([done = std::move(done)] { done(false); });
}

boost::asio::awaitable<void> StoredOptOuts::write(domain::OptOut entry, bool opted_out, Done done) {
  store::Actor actor;
  actor.who = "warpd";
  std::string source = "keyword";
  auto change = opted_out ? repository_.add(std::move(actor), std::move(entry), std::move(source))
                          : repository_.remove(std::move(actor), std::move(entry));
  const auto written = co_await std::move(change);
  const bool durable = written || written.error().kind == store::ErrorKind::NotFound;
  if (!durable)
    log_.warning("messaging.opt_out_not_written",
                 {{"kind", to_string(written.error().kind)}, {"error", written.error().message}});
  home_.post([done = std::move(done), durable] { done(durable); });
}

}  // namespace warp::app

// Opens one stream to a URL: name, connection, TLS. It has no deadline of its own: who started it cancels it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

#include "warp/base/result.h"
#include "warp/redis/client.h"

#include "stream.h"

namespace warp::redis {

// Lives until its callback was called or cancel(). The executor must be a strand or a single thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  using Outcome = Result<std::unique_ptr<Stream>, std::string>;
  using Done = std::function<void(Outcome)>;  // never from within start()
  Connector(boost::asio::any_io_executor executor, Url url, TlsSettings tls, Done done);
  void start();
  void cancel();  // the callback is not called any more

 private:
  using Tcp = boost::asio::ip::tcp;
  using Local = boost::asio::local::stream_protocol;
  using TlsSocket = boost::asio::ssl::stream<Tcp::socket>;

  void connect_unix();
  void resolve();
  void connect_tcp(const Tcp::resolver::results_type& endpoints);
  void begin_tls();
  void handshake();
  void finish(Outcome outcome);
  void fail(std::string message);

  boost::asio::any_io_executor executor_;
  const Url url_;
  const TlsSettings tls_;
  Done done_;
  Tcp::resolver resolver_;
  Tcp::socket tcp_;
  Local::socket unix_;
  std::unique_ptr<StreamOf<TlsSocket>> secure_;
};

}  // namespace warp::redis

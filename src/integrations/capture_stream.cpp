#include <algorithm>
#include <array>
#include <chrono>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "warp/net/tls.h"

#include "capture_outlets.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kFirstRest{500}, kLongestRest{30'000};
constexpr std::chrono::seconds kConnects{5}, kWrites{10};

// One connection; its handlers hold it, and the outlet that has moved on to another ignores them.
struct Connection {
  Connection(asio::io_context& context, ssl::context& tls) : stream(context, tls), resolver(context) {}
  ssl::stream<tcp::socket> stream;
  tcp::resolver resolver;
  std::array<char, 256> received{};  // servers say nothing; reading shows when they go
  std::string writing;
  std::size_t packets = 0;  // in `writing`
  bool up = false;
};
using Link = std::shared_ptr<Connection>;

class StreamOutlet final : public CaptureOutlet {
 public:
  StreamOutlet(const CaptureTarget& target, std::size_t most, const OutletNeeds& needs)
      : target_(target),
        most_(most),
        metrics_(needs.metrics, target.to_string()),
        log_(needs.log),
        context_(needs.context),
        timer_(needs.context) {}

  Result<void, std::string> load(const std::string& ca_file) {
    error_code error;
    tls_.set_options(net::kTls12, error);
    tls_.set_verify_mode(ssl::verify_peer, error);
    if (auto fault = net::trust(tls_, ca_file); !fault.empty()) return "cannot read " + fault;
    return boost::system::in_place_value;
  }

  void start() override {
    link_ = std::make_shared<Connection>(context_, tls_);
    limit(kConnects);
    link_->resolver.async_resolve(target_.host, std::to_string(target_.port), tcp::resolver::numeric_service,
                                  [this, link = link_](const error_code& error, const auto& found) {
                                    if (link != link_) return;
                                    if (error) return broken(error);
                                    connect(link, found);
                                  });
  }
  void take(std::string_view packet) override {
    if (waiting_.size() + packet.size() > most_) return metrics_.lost.add();
    waiting_ += packet;
    ++packets_;
  }
  void flush() override {
    if (!link_ || !link_->up || !link_->writing.empty() || waiting_.empty()) return;
    link_->writing.swap(waiting_);
    link_->packets = std::exchange(packets_, 0);
    limit(kWrites);
    const auto written = [this, link = link_](const error_code& error, std::size_t) {
      if (link != link_) return;
      if (error) return broken(error);
      metrics_.sent.add(link->packets);
      link->writing.clear();
      timer_.cancel();
      flush();
    };
    if (secure())
      asio::async_write(link_->stream, asio::buffer(link_->writing), written);
    else
      asio::async_write(link_->stream.next_layer(), asio::buffer(link_->writing), written);
  }

 private:
  bool secure() const { return target_.kind == CaptureTarget::Kind::Tls; }

  void connect(const Link& link, const tcp::resolver::results_type& found) {
    asio::async_connect(link->stream.next_layer(), found, [this, link](const error_code& error, const auto&) {
      if (link != link_) return;
      if (error) return broken(error);
      if (secure())
        shake_hands(link);
      else
        opened(link);
    });
  }
  void shake_hands(const Link& link) {
    error_code error;
    link->stream.set_verify_callback(ssl::host_name_verification(target_.host), error);
    asio::ip::make_address(target_.host, error);
    if (error) SSL_set_tlsext_host_name(link->stream.native_handle(), target_.host.c_str());
    link->stream.async_handshake(ssl::stream_base::client, [this, link](const error_code& failed) {
      if (link != link_) return;
      if (failed) return broken(failed);
      opened(link);
    });
  }
  void opened(const Link& link) {
    timer_.cancel();
    link->up = true;
    rest_ = kFirstRest;
    metrics_.connected.set(1);
    log_.info("capture.connected", {{"target", target_.to_string()}});
    listen(link);
    flush();
  }
  void listen(const Link& link) {
    const auto heard = [this, link](const error_code& error, std::size_t) {
      if (link != link_) return;
      if (error) return broken(error);
      listen(link);
    };
    if (secure())
      link->stream.async_read_some(asio::buffer(link->received), heard);
    else
      link->stream.next_layer().async_read_some(asio::buffer(link->received), heard);
  }
  // What was being written may have arrived by half: the next connection begins with a whole packet.
  void broken(const error_code& error) {
    const Link link = std::exchange(link_, nullptr);
    error_code ignored;
    link->resolver.cancel();
    link->stream.next_layer().close(ignored);
    if (!link->writing.empty()) metrics_.lost.add(link->packets);
    metrics_.connected.set(0);
    log_.warning(
        "capture.unreachable",
        {{"target", target_.to_string()}, {"error", error.message()}, {"again_in_ms", rest_.count()}});
    timer_.expires_after(rest_);
    rest_ = std::min(rest_ * 2, kLongestRest);
    timer_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && !link_) start();
    });
  }
  void limit(std::chrono::seconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this, link = link_](const error_code& cancelled) {
      if (!cancelled && link == link_) broken(asio::error::timed_out);
    });
  }

  const CaptureTarget target_;
  const std::size_t most_;
  OutletMetrics metrics_;
  log::Logger& log_;
  asio::io_context& context_;
  ssl::context tls_{ssl::context::tls_client};
  asio::steady_timer timer_;
  Link link_;  // shared with its handlers
  std::string waiting_;
  std::size_t packets_ = 0;  // in `waiting_`
  std::chrono::milliseconds rest_ = kFirstRest;
};

}  // namespace

Result<std::unique_ptr<CaptureOutlet>, std::string> make_stream_outlet(const CaptureTarget& target,
                                                                       const CaptureSettings& settings,
                                                                       const OutletNeeds& needs) {
  auto outlet = std::make_unique<StreamOutlet>(target, settings.target_octets, needs);
  if (target.kind == CaptureTarget::Kind::Tls)
    if (const auto loaded = outlet->load(settings.ca_file); !loaded) return loaded.error();
  return std::unique_ptr<CaptureOutlet>(std::move(outlet));
}

}  // namespace warp::integrations

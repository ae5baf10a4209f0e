#include <chrono>

#include <boost/asio/ip/udp.hpp>

#include "capture_outlets.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr std::chrono::seconds kLookAgain{30};
constexpr int kSendBuffer = 1 << 20;

class UdpOutlet final : public CaptureOutlet {
 public:
  UdpOutlet(const CaptureTarget& target, const OutletNeeds& needs)
      : target_(target),
        metrics_(needs.metrics, target.to_string()),
        log_(needs.log),
        socket_(needs.context),
        resolver_(needs.context),
        timer_(needs.context) {}

  void start() override {
    resolver_.async_resolve(target_.host, std::to_string(target_.port), udp::resolver::numeric_service,
                            [this](const auto& error, const udp::resolver::results_type& found) {
                              if (error == asio::error::operation_aborted) return;
                              if (!error && !found.empty()) aim(found.begin()->endpoint());
                              if (!socket_.is_open())
                                log_.warning("capture.unreachable",
                                             {{"target", target_.to_string()}, {"error", error.message()}});
                              look_again();
                            });
  }
  void take(std::string_view packet) override {
    if (!socket_.is_open()) return metrics_.lost.add();
    boost::system::error_code error;
    socket_.send(asio::buffer(packet), 0, error);
    // Refused: the answer to an earlier one, nobody listens there.
    (error ? metrics_.lost : metrics_.sent).add();
  }
  void flush() override {}

 private:
  void aim(const udp::endpoint& remote) {
    boost::system::error_code error;
    if (socket_.is_open() && socket_.remote_endpoint(error) == remote) return;
    socket_.close(error);
    socket_.open(remote.protocol(), error);
    if (!error) socket_.non_blocking(true, error);
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(kSendBuffer), ignored);
    if (!error) socket_.connect(remote, error);
    if (error) socket_.close(ignored);
    metrics_.connected.set(error ? 0 : 1);
  }
  // Names move.
  void look_again() {
    timer_.expires_after(kLookAgain);
    timer_.async_wait([this](const auto& error) {
      if (!error) start();
    });
  }

  const CaptureTarget target_;
  OutletMetrics metrics_;
  log::Logger& log_;
  udp::socket socket_;
  udp::resolver resolver_;
  asio::steady_timer timer_;
};

}  // namespace

std::unique_ptr<CaptureOutlet> make_udp_outlet(const CaptureTarget& target, const OutletNeeds& needs) {
  return std::make_unique<UdpOutlet>(target, needs);
}

}  // namespace warp::integrations

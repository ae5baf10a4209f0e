// UpstreamSwitch: one Upstream of several. Each connector's parts go to the one that speaks its protocol.
// Attachments that are above a connector's limit are made to fit on the way: the gateways get what they may
// send. What cannot be made to fit is answered with InvMsgLen.
//
// One thread, messaging's; what it is given outlives it. An SMPP connector costs one look into a small table.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "warp/messaging/directory.h"
#include "warp/messaging/media_fitter.h"
#include "warp/messaging/ports.h"

namespace warp::messaging {

class UpstreamSwitch final : public Upstream {
 public:
  // `fitter` null: what is too large is refused.
  UpstreamSwitch(Upstream& smpp, MediaFitter* fitter) : smpp_(smpp), fitter_(fitter) {}
  // Before the first update(). Connectors of a protocol without one can never send.
  void set(domain::ConnectorProtocol protocol, Upstream& upstream);
  void update(const Directory& directory);

  std::size_t binds(ConnectorId connector) const override;
  std::size_t room(ConnectorId connector) const override;
  void wake(ConnectorId connector) override;
  bool submit(ConnectorId connector, const WirePart& part, WireDone done) override;

 private:
  struct Place {
    Upstream* upstream = nullptr;
    std::uint32_t most_octets = 0;
    std::size_t fitting = 0;  // messages whose attachments are being made smaller
  };
  bool fit(ConnectorId connector, Place& place, const domain::Message& message, WireDone done);
  void fitted(ConnectorId connector, Fit fit, std::shared_ptr<domain::Message> message,
              std::vector<domain::MediaPart> media, const WireDone& done);

  Upstream& smpp_;
  MediaFitter* fitter_;
  std::array<Upstream*, 3> by_protocol_{};
  std::unordered_map<ConnectorId, Place> places_;          // all but SMPP's
  std::shared_ptr<char> life_ = std::make_shared<char>();  // shared: callbacks hold it weakly
};

}  // namespace warp::messaging

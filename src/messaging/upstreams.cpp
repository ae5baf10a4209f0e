#include "warp/messaging/upstreams.h"

namespace warp::messaging {

void UpstreamSwitch::set(domain::ConnectorProtocol protocol, Upstream& upstream) {
  by_protocol_[static_cast<std::size_t>(protocol)] = &upstream;
}

void UpstreamSwitch::update(const Directory& directory) {
  for (auto at = places_.begin(); at != places_.end();) {
    const auto* connector = directory.connector(at->first);
    const bool stays = connector && connector->protocol != domain::ConnectorProtocol::Smpp;
    at = stays ? std::next(at) : places_.erase(at);
  }
  for (const auto& connector : directory.catalogue().connectors) {
    if (connector.protocol == domain::ConnectorProtocol::Smpp) continue;
    auto& place = places_[connector.id];
    place.upstream = by_protocol_[static_cast<std::size_t>(connector.protocol)];
    place.most_octets = connector.max_media_octets;
  }
}

std::size_t UpstreamSwitch::binds(ConnectorId connector) const {
  const auto found = places_.find(connector);
  if (found == places_.end()) return smpp_.binds(connector);
  return found->second.upstream ? found->second.upstream->binds(connector) : 0;
}

std::size_t UpstreamSwitch::room(ConnectorId connector) const {
  const auto found = places_.find(connector);
  if (found == places_.end()) return smpp_.room(connector);
  const auto& place = found->second;
  const auto room = place.upstream ? place.upstream->room(connector) : 0;
  return room > place.fitting ? room - place.fitting : 0;
}

void UpstreamSwitch::wake(ConnectorId connector) {
  const auto found = places_.find(connector);
  if (found == places_.end()) return smpp_.wake(connector);
  if (found->second.upstream) found->second.upstream->wake(connector);
}

bool UpstreamSwitch::submit(ConnectorId connector, const WirePart& part, WireDone done) {
  const auto found = places_.find(connector);
  if (found == places_.end()) return smpp_.submit(connector, part, std::move(done));
  auto& place = found->second;
  if (!place.upstream || !part.message || room(connector) == 0) return false;
  const auto& rich = part.message->rich;
  if (!rich || MediaFitter::fits(rich->media, place.most_octets))
    return place.upstream->submit(connector, part, std::move(done));
  return fit(connector, place, *part.message, std::move(done));
}

bool UpstreamSwitch::fit(ConnectorId connector, Place& place, const domain::Message& message, WireDone done) {
  if (!fitter_) return false;
  ++place.fitting;
  auto copy = std::make_shared<domain::Message>(message);
  fitter_->fit(message.customer, message.rich->media, place.most_octets,
               [this, alive = std::weak_ptr<char>(life_), connector, copy, done = std::move(done)](
                   Fit outcome, std::vector<domain::MediaPart> media) {
                 if (!alive.expired()) fitted(connector, outcome, copy, std::move(media), done);
               });
  return true;
}

void UpstreamSwitch::fitted(ConnectorId connector, Fit outcome, std::shared_ptr<domain::Message> message,
                            std::vector<domain::MediaPart> media, const WireDone& done) {
  const auto found = places_.find(connector);
  if (found == places_.end() || !found->second.upstream) return done({WireResult::NotSent, {}, {}});
  auto& place = found->second;
  if (place.fitting > 0) --place.fitting;
  if (outcome == Fit::TooLarge) return done({WireResult::Answered, smpp::Status::InvMsgLen, {}});
  if (outcome == Fit::Unavailable) return done({WireResult::Answered, smpp::Status::SysErr, {}});
  auto rich = std::make_shared<domain::RichContent>(*message->rich);
  rich->media = std::move(media);
  message->rich = std::move(rich);
  WirePart part{message->from, message->to};
  part.message = message.get();
  if (!place.upstream->submit(connector, part, done))
    done({WireResult::Answered, smpp::Status::Throttled, {}});
}

}  // namespace warp::messaging

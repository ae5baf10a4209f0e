// RcsGateway: connectors of protocol rcs, over a provider's REST as Google's RCS Business Messaging
// documents it.
//
// Out: POST {base_url}/v1/phones/{+E.164}/agentMessages?messageId=…&agentId=…, the connector's password as
// bearer token; messageId is the message's id, hence a repeat is one message. What the answer means:
//   2xx, 409 (there already)  taken            404, 403   this recipient has no RCS: InvDstAdr
//   429                       Throttled        401, 5xx   SysErr: elsewhere, or later
//   other 4xx                 SubmitFail       none       Ambiguous; never reached: SysErr
// The window counts requests without an answer. Attachments go as their public addresses: without any, a
// message that has some is answered with InvMsgLen.
//
// In: the provider's webhooks, checked by X-Goog-Signature (HMAC-SHA512 of what `data` decodes to, by the
// password): DELIVERED and READ are delivered, TTL_EXPIRATION_REVOKED is expired, FAILED undelivered; what a
// person writes goes to the customer of the connector's number (its system_id, E.164).
//
// One thread, messaging's. Metrics: warp_rcs_requests_total{status}, warp_rcs_events_total{event}.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/messaging/directory.h"
#include "warp/messaging/http_caller.h"
#include "warp/messaging/media_links.h"
#include "warp/messaging/ports.h"

namespace warp::messaging {

struct RcsSettings {
  std::uint64_t most_file_octets = 10u << 20;  // of a file that a person sends
};

// What a provider's webhook is answered with.
struct CallbackAnswer {
  unsigned status = 200;
  std::string body;  // JSON, or empty
};

class RcsGateway final : public Upstream {
 public:
  // `home`: of messaging's thread.
  RcsGateway(HttpCaller& http, Executor& home, const MediaLinks& links, const Clock& clock,
             RcsSettings settings, log::Logger& log, metrics::Registry& metrics);
  ~RcsGateway() override;
  RcsGateway(const RcsGateway&) = delete;
  RcsGateway& operator=(const RcsGateway&) = delete;

  void attach(UpstreamEvents& events) { events_ = &events; }
  void update(std::shared_ptr<const Directory> directory);
  // Nothing more is taken; what is under way is answered.
  void drain() { draining_ = true; }

  std::size_t binds(ConnectorId connector) const override;
  std::size_t room(ConnectorId connector) const override;
  bool submit(ConnectorId connector, const WirePart& part, WireDone done) override;

  // One webhook; `done` when what it says is durable.
  void on_callback(ConnectorId connector, std::string_view signature, std::string_view body,
                   std::function<void(CallbackAnswer)> done);

 private:
  using CallbackDone = std::function<void(CallbackAnswer)>;
  struct UserFile {
    std::string url, content_type, name;
  };
  const domain::Connector* connector_of(ConnectorId id) const;
  void answered(ConnectorId connector, const std::string& message, const HttpAnswer& answer,
                const WireDone& done);
  void on_event(ConnectorId connector, std::string_view data, CallbackDone done);
  void tell(ConnectorId connector, IncomingRich message, CallbackDone done);
  void fetch(ConnectorId connector, IncomingRich message, UserFile file, CallbackDone done);

  HttpCaller& http_;
  Executor& home_;
  const MediaLinks& links_;
  const Clock& clock_;
  const RcsSettings settings_;
  log::Logger& log_;
  std::array<metrics::Counter*, 6> requests_{};
  std::array<metrics::Counter*, 5> heard_{};
  UpstreamEvents* events_ = nullptr;
  std::shared_ptr<const Directory> directory_;  // shared: swapped whole
  std::unordered_map<ConnectorId, std::size_t> open_;
  bool draining_ = false;
  std::shared_ptr<char> life_ = std::make_shared<char>();  // shared: callbacks hold it weakly
};

// The body of agentMessages; empty: it has attachments without addresses.
std::string agent_message(const domain::Message& message, const MediaLinks& links, WallTime now);

// base64(HMAC-SHA512(data, token)).
std::string sign_callback(std::string_view data, std::string_view token);

}  // namespace warp::messaging

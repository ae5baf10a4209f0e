// What messaging needs of the sessions and of the web: ports that adapters implement. All calls, completions
// and events are on messaging's own thread. Completions never run inside the call that takes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/base/uuid.h"
#include "warp/domain/media_store.h"
#include "warp/domain/message.h"
#include "warp/domain/messaging_catalogue.h"
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/status.h"
#include "warp/smpp/pdu/tlv.h"
#include "warp/smpp/pdu/udh.h"

namespace warp::messaging {

// The content of one submit_sm or deliver_sm on its way out. Views are valid during the call that takes it.
struct WirePart {
  const domain::MessageAddress& source;
  const domain::MessageAddress& destination;
  std::uint8_t esm_class = 0, protocol_id = 0, priority = 0, data_coding = 0, registered_delivery = 0;
  std::string_view user_data = {};  // short_message, or message_payload when `payload`
  bool payload = false;
  std::optional<smpp::Concat> sar = {};  // for the SAR TLVs
  std::string_view validity = {};        // SMPP time, or empty
  std::string_view tlvs = {};            // encoded ones to add
  // The whole message: all that a connector needs which carries whole ones (MM4, RCS).
  const domain::Message* message = nullptr;
};

// NotSent: surely no octet left. Ambiguous: it may have left, and nothing came back.
enum class WireResult : std::uint8_t { Answered, NotSent, Ambiguous };
struct WireOutcome {
  WireResult result = WireResult::Answered;
  smpp::Status status = smpp::Status::Ok;
  std::string_view message_id;  // as the peer spells it; valid during the call
};
using WireDone = std::function<void(const WireOutcome& outcome)>;

// The upstreams. An SMPP one takes parts; what else there is takes whole messages, each as one part, and
// answers with the status that fits: Ok with its id, Throttled, SysErr (try elsewhere, or later), InvDstAdr
// (this recipient cannot be had there), SubmitFail (refused for good).
class Upstream {
 public:
  virtual ~Upstream() = default;
  virtual std::size_t binds(ConnectorId connector) const = 0;  // that can transmit now
  virtual std::size_t room(ConnectorId connector) const = 0;   // parts that submit() would take now
  // Somebody says that the far end works again: the next try of a bind that is away is made now.
  virtual void wake(ConnectorId) {}
  // False: not taken, `done` is not called.
  virtual bool submit(ConnectorId connector, const WirePart& part, WireDone done) = 0;
};

// The binds of customers that can receive.
class Downstream {
 public:
  virtual ~Downstream() = default;
  virtual std::size_t room(EsmeId esme) const = 0;  // 0: not bound, or the window is full
  virtual bool deliver(EsmeId esme, const WirePart& part, WireDone done) = 0;
};

// One deliver_sm or data_sm from an upstream.
struct IncomingPart {
  std::string_view source, destination;
  std::uint8_t source_ton = 1, source_npi = 1, esm_class = 0, protocol_id = 0, data_coding = 0;
  std::string_view short_message;
  smpp::TlvList tlvs;
};
using Answer = std::function<void(smpp::Status status)>;

// A whole message from an upstream (MMS, or what a person answered by RCS). The number's customer decides
// whose it is, hence its attachments come along and are stored by messaging.
struct IncomingRich {
  domain::MessageKind kind = domain::MessageKind::Mms;
  std::string source, destination;  // E.164 digits
  std::string text, subject;
  std::vector<domain::StoredMedia> media;  // without ids
  std::string upstream_id;                 // a repeat of it is answered as the first was, and not told again
};

// What upstreams that carry whole messages tell messaging. `answer` comes when what was said is durable.
class UpstreamEvents {
 public:
  virtual ~UpstreamEvents() = default;
  virtual void upstream_changed(ConnectorId connector) = 0;  // can send, cannot, room again
  virtual void upstream_receipt(ConnectorId connector, std::string_view upstream_id, smpp::MessageState state,
                                std::string_view error, Answer answer) = 0;
  virtual void upstream_rich(ConnectorId connector, IncomingRich message, Answer answer) = 0;
};

struct Webhook {
  std::string url, body;
  std::vector<std::pair<std::string, std::string>> headers;
};
class WebhookSender {
 public:
  virtual ~WebhookSender() = default;
  // One POST. `status`: HTTP's; 0: no answer. Targets are checked by the sender (no private addresses).
  virtual void post(Webhook webhook, std::function<void(int status)> done) = 0;
};

// Where opt-outs are kept. The next catalogue carries them.
class OptOutStore {
 public:
  virtual ~OptOutStore() = default;
  virtual void set(domain::OptOut entry, bool opted_out, std::function<void(bool durable)> done) = 0;
};

}  // namespace warp::messaging

// Dialog: RFC 3261 §12 state of one leg, and the requests that go out within it. A value: no I/O, no timers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

class Dialog {
 public:
  // We answered `invite` with `local_tag`.
  static Dialog as_uas(const Message& invite, std::string local_tag, std::string contact, const Flow& flow);
  // We sent an INVITE with these, and `response` (with a To tag) came back.
  static Dialog as_uac(const Message& response, std::string local_uri, std::string remote_uri,
                       std::string contact, std::uint32_t local_cseq, const Flow& flow);

  const std::string& call_id() const { return call_id_; }
  const std::string& local_tag() const { return local_tag_; }
  const std::string& remote_tag() const { return remote_tag_; }
  const std::string& remote_target() const { return remote_target_; }
  const Flow& flow() const { return flow_; }
  std::uint32_t local_cseq() const { return local_cseq_; }
  // A request of ours went out with this number without begin_request(): the next ones come after it.
  void used_cseq(std::uint32_t number) {
    if (number > local_cseq_) local_cseq_ = number;
  }

  // Does an in-dialog request or response carry this dialog's tags?
  bool matches(const Message& message) const;
  // Takes the CSeq of an in-dialog request: false when it is out of order (answer 500, RFC 3261 §12.2.2).
  bool accept_cseq(std::uint32_t number);
  // Target refresh from a re-INVITE/UPDATE or its 2xx.
  void refresh_target(const Message& message);
  // This dialog was an early one before: its CSeq go on.
  void continue_from(const Dialog& early);

  // Begins an in-dialog request with the next CSeq (ACK and CANCEL take the given one): start line, Via,
  // Route set, Max-Forwards, From, To, Call-ID, CSeq, Contact where it belongs. The caller adds the rest and
  // finishes. Returns the CSeq used. `transport`: what it leaves by when that is not the dialog's own flow.
  std::uint32_t begin_request(Writer& writer, Method method, std::string_view branch,
                              std::string_view sent_by, std::optional<std::uint32_t> cseq = {},
                              std::optional<SipTransport> transport = {});
  // Where the next request goes by itself: first Route (loose) or the remote target, with the transport that
  // it names (none: UDP; sips: TLS) when it is a numeric address; otherwise where the dialog was made over.
  Target next_target() const;
  // The same for a dialog that stays with its transport.
  domain::SocketAddress next_hop() const;

  // Leaves out so many of our own CSeq numbers: what a process that died may have used.
  void skip_cseq(std::uint32_t count) { local_cseq_ += count; }

  // For the journal: text that restore() reads back. Versioned.
  std::string serialize() const;
  static std::optional<Dialog> restore(std::string_view text);

 private:
  std::string call_id_, local_tag_, remote_tag_, local_uri_, remote_uri_, remote_target_, contact_;
  std::vector<std::string> route_set_;
  std::uint32_t local_cseq_ = 0;
  std::optional<std::uint32_t> remote_cseq_;
  Flow flow_;
};

}  // namespace warp::sip

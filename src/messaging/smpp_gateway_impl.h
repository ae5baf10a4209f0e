// The gateway's two sides: links to upstreams, and the desk at which ESMEs bind and submit.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "warp/messaging/service.h"
#include "warp/messaging/smpp_gateway.h"
#include "warp/smpp/session/client.h"
#include "warp/smpp/session/server.h"

#include "pdu_content.h"

namespace warp::messaging {

// All binds to one connector.
class Link {
 public:
  Link(net::Loop& loop, IdSource& ids, const domain::Connector& connector, metrics::Registry& metrics,
       log::Logger& log);
  ~Link();
  void start(MessagingService& service);
  // No reconnects; `done` when all are gone and every completion has run.
  void stop(std::chrono::milliseconds limit, std::function<void()> done);
  bool same_as(const domain::Connector& connector) const;

  std::size_t binds() const;
  std::size_t room() const;
  bool submit(const WirePart& part, WireDone done);
  void wake();  // binds that are away try now

 private:
  struct Bind;
  void add(net::Loop& loop, IdSource& ids, smpp::BindType type, metrics::Registry& metrics);

  domain::Connector connector_;
  MessagingService* service_ = nullptr;
  log::Logger& log_;
  std::vector<std::shared_ptr<Bind>> binds_;  // shared: answers hold them weakly
  std::string octets_;
};

class Desk final : public smpp::ServerListener {
 public:
  Desk(net::Loop& loop, smpp::ServerSettings settings, log::Logger& log, metrics::Registry& metrics);
  void attach(MessagingService& service) { service_ = &service; }
  void update(std::shared_ptr<const Directory> directory);

  std::size_t room(EsmeId esme) const;
  bool deliver(EsmeId esme, const WirePart& part, WireDone done);
  std::size_t sessions(EsmeId esme) const;
  smpp::Server& server() { return server_; }
  const smpp::Server& server() const { return server_; }

 private:
  struct Session {
    EsmeId esme;
    smpp::BindType type = smpp::BindType::Transceiver;
    bool bound = false;
  };
  void on_bind(const smpp::BindRequest& request) override;
  void on_submit(smpp::SessionId session, const smpp::Pdu& pdu) override;
  void on_closed(smpp::SessionId session, smpp::CloseReason reason) override;
  void on_room(smpp::SessionId session) override;

  smpp::Status judge(const smpp::BindRequest& request, const domain::Esme* esme) const;
  void submit_one(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
                  const SubmitFields& fields, const smpp::TlvList& tlvs);
  void submit_multi(smpp::SessionId session, const smpp::Pdu& pdu, const domain::Esme& esme,
                    const smpp::SubmitMulti& multi);
  void query(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
             const smpp::QuerySm& query);
  void cancel(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
              const smpp::CancelSm& request);
  void tell(smpp::SessionId session, std::uint32_t sequence, const domain::Message* message,
            const smpp::Address& source);
  void replace(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
               const smpp::ReplaceSm& request, const smpp::TlvList& tlvs);
  void answer_with(smpp::SessionId session, std::uint32_t sequence, smpp::Status status);

  net::Loop& loop_;
  log::Logger& log_;
  MessagingService* service_ = nullptr;
  std::shared_ptr<const Directory> directory_;  // shared: swapped whole
  std::unordered_map<smpp::SessionId, Session, smpp::SessionIdHash> sessions_;
  std::unordered_map<EsmeId, std::vector<smpp::SessionId>> receivers_;
  std::string octets_;
  std::size_t lookups_ = 0;                                // the database's answers that are awaited
  std::shared_ptr<char> life_ = std::make_shared<char>();  // shared: answers hold it weakly
  smpp::Server server_;
};

}  // namespace warp::messaging

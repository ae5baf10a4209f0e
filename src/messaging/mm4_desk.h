// Mm4Desk: what becomes of the mails that peers hand over. Each is one MM4 message; its SMTP answer waits
// until messaging has it.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "warp/smtp/server.h"

#include "mm4_link.h"

namespace warp::messaging {

class Mm4Desk final : public smtp::Receiver {
 public:
  using Links = std::vector<std::shared_ptr<Mm4Link>>;
  // `links`: those that mails may be of, whenever they are asked for.
  Mm4Desk(Mm4Shared& shared, std::function<Links()> links);
  void open() { open_ = true; }

  std::optional<smtp::Reply> refuses(const domain::IpAddress& ip) override;
  smtp::Reply sender(const smtp::Peer& peer, std::string_view from) override;
  smtp::Reply recipient(const smtp::Peer& peer, std::string_view from, std::string_view to) override;
  void receive(smtp::Mail mail, std::function<void(smtp::Reply reply)> done) override;

 private:
  using Done = std::function<void(smtp::Reply reply)>;
  struct Forward;  // one forward.REQ on its way into messaging

  std::shared_ptr<Mm4Link> link_of(const domain::IpAddress& ip, std::string_view from, std::string_view to);
  void malformed(Mm4Link& link, const smtp::Mail& mail, const mm4::ParseFault& fault, const Done& done);
  void forward(std::shared_ptr<Mm4Link> link, const smtp::Mail& mail, mm4::Message message, Done done);
  void told(const std::shared_ptr<Forward>& forward, std::size_t recipient, smpp::Status status);
  void conclude(Forward& forward);
  void delivery_report(std::shared_ptr<Mm4Link> link, mm4::Message message, Done done);
  void forward_answered(const smtp::Mail& mail, const mm4::Message& message);
  void respond(Mm4Link& link, const mm4::Message& request, mm4::RequestStatus status);
  void remember(const std::string& key, mm4::RequestStatus status);

  Mm4Shared& shared_;
  std::function<Links()> links_;
  bool open_ = false;
  std::unordered_set<std::string> under_way_;
  std::unordered_map<std::string, mm4::RequestStatus> remembered_;
  std::deque<std::string> remembered_order_;
};

}  // namespace warp::messaging

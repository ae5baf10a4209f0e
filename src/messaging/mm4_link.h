// Mm4Link: one MM4 connector: its SMTP client, its health, the messages that wait for their forward.RES, and
// the answers and reports that the peer is owed.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "warp/messaging/mm4_gateway.h"
#include "warp/smtp/client.h"

#include "mm4_content.h"

namespace warp::messaging {

struct Mm4Metrics {
  explicit Mm4Metrics(metrics::Registry& registry);
  metrics::Counter& received(mm4::Type type) { return *received_[static_cast<std::size_t>(type)]; }
  metrics::Counter& sent(mm4::Type type) { return *sent_[static_cast<std::size_t>(type)]; }
  metrics::Counter &malformed, &refused, &repeated, &unmatched, &unanswered, &given_up;
  metrics::Gauge &waiting, &up;

 private:
  metrics::Counter *received_[6], *sent_[6];
};

// What links and the receiving side share.
struct Mm4Shared {
  net::Loop& loop;
  IdSource& ids;
  domain::MediaStore& media;
  const Mm4Settings settings;
  log::Logger& log;
  metrics::Registry& registry;
  Mm4Metrics metrics;
  UpstreamEvents* events = nullptr;
  std::shared_ptr<char> life = std::make_shared<char>();  // shared: callbacks hold it weakly
};

// shared_ptr: callbacks hold it weakly.
class Mm4Link : public std::enable_shared_from_this<Mm4Link> {
 public:
  Mm4Link(Mm4Shared& shared, const domain::Connector& connector);
  ~Mm4Link();

  void start();
  // Nothing new; `done` when what waits has been answered and the connections are closed, or after `limit`:
  // what waits then is Ambiguous.
  void stop(std::chrono::milliseconds limit, std::function<void()> done);
  bool same_connection(const domain::Connector& connector) const;
  void update(const domain::Connector& connector) { connector_ = connector; }
  const domain::Connector& connector() const { return connector_; }

  std::size_t binds() const { return up_ && !stopping_ ? connector_.binds : 0; }
  std::size_t room() const;
  bool submit(const WirePart& part, WireDone done);

  // A forward.RES. False: no message of this link waits for it.
  bool answered(const mm4::Message& response);
  // A delivery report on it says that it was taken, too.
  void reported(const std::string& message_id);
  // An answer or a report: sent, and again while the peer is away.
  void post(mm4::Message message);

 private:
  struct Waiting {
    domain::Message message;
    std::string message_id;
    WireDone done;
    bool sent = false;  // the mail was taken, or nobody knows
    net::TimerWheel::Handle deadline;
  };
  struct Outgoing {
    mm4::Type type;
    smtp::Letter letter;
    unsigned tries = 0;
  };

  void load(const std::string& transaction);
  void send(const std::string& transaction, std::vector<domain::StoredMedia> media);
  void mail_ended(const std::string& transaction, const smtp::Outcome& outcome);
  void complete(const std::string& transaction, const WireOutcome& outcome);
  void complete_later(const std::string& transaction, const WireOutcome& outcome);
  void note(const smtp::Outcome& outcome);
  void set_up(bool up);
  void probe();
  void hand_over(std::shared_ptr<Outgoing> outgoing);
  void try_again(std::shared_ptr<Outgoing> outgoing);
  void check_stopped();
  mm4::Stamp stamp();

  template <class F>
  auto guard(F work) {
    return [self = weak_from_this(), work = std::move(work)](auto&&... args) mutable {
      if (const auto link = self.lock()) work(*link, std::forward<decltype(args)>(args)...);
    };
  }

  Mm4Shared& shared_;
  domain::Connector connector_;
  std::unique_ptr<smtp::Client> client_;
  std::unordered_map<std::string, Waiting> waiting_;  // by transaction id
  std::size_t outgoing_ = 0;
  bool up_ = false, probing_ = false;
  unsigned failures_ = 0;
  net::TimerWheel::Handle probe_timer_, stop_timer_;
  std::function<void()> stopping_;  // empty: not stopping
  bool client_stopped_ = false;
};

}  // namespace warp::messaging

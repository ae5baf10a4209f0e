#include "warp/messaging/rcs_callbacks.h"

#include <memory>
#include <utility>

#include "warp/messaging/rcs_gateway.h"

namespace warp::messaging {
namespace {

// Let go of unanswered, it is "later": the provider says it again.
class Owed {
 public:
  explicit Owed(domain::ProviderCallbacks::Done done) : done_(std::move(done)) {}
  ~Owed() { give({503, ""}); }
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;
  void give(CallbackAnswer answer) {
    if (auto done = std::exchange(done_, nullptr)) done(answer.status, std::move(answer.body));
  }

 private:
  domain::ProviderCallbacks::Done done_;
};

}  // namespace

void RcsCallbacks::rcs(ConnectorId connector, std::string signature, std::string body, Done done) {
  auto owed = std::make_shared<Owed>(std::move(done));
  home_.post(
      [this, connector, signature = std::move(signature), body = std::move(body), owed = std::move(owed)] {
        gateway_.on_callback(connector, signature, body,
                             [owed](CallbackAnswer answer) { owed->give(std::move(answer)); });
      });
}

}  // namespace warp::messaging

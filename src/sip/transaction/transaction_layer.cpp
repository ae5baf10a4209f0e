#include "warp/sip/transaction/transaction_layer.h"

#include "warp/sip/message/writer.h"
#include "warp/sip/transport/response_path.h"

#include "layer.h"

namespace warp::sip {

TransactionLayer::TransactionLayer(MessageSender& sender, net::TimerWheel& wheel, IdSource& ids,
                                   const TransactionTimers& timers, metrics::Registry& metrics,
                                   const TransactionLimits& limits)
    : impl_(std::make_unique<Impl>(sender, wheel, ids, timers, metrics, limits)) {}

TransactionLayer::~TransactionLayer() = default;

void TransactionLayer::set_user(TransactionUser& user) {
  impl_->user = &user;
}

void TransactionLayer::set_user(Method method, TransactionUser& user) {
  impl_->users[static_cast<std::size_t>(method)] = &user;
}

void TransactionLayer::connection_lost(const Flow& flow) {
  impl_->connection_lost(flow);
}

void TransactionLayer::receive(Message message, const Flow& from) {
  if (impl_->user == nullptr) return;
  if (!message.is_request()) return impl_->receive_response(message, from);
  if (message.method() == Method::Ack) return impl_->receive_ack(message, from);
  if (message.method() == Method::Cancel) return impl_->receive_cancel(message, from);
  impl_->receive_request(message, from);
}

bool TransactionLayer::respond(TransactionId id, std::uint16_t status, std::string bytes) {
  auto* transaction = impl_->pool.find(id);
  return transaction != nullptr && impl_->respond(*transaction, status, std::move(bytes));
}

std::string TransactionLayer::new_branch() {
  return "z9hG4bK" + impl_->ids.hex(16);
}

TransactionId TransactionLayer::send_request(Method method, std::string_view branch, std::string bytes,
                                             const Flow& to, TransactionUser* owner) {
  if (method == Method::Ack) return 0;
  return impl_->start_client(method, branch, std::move(bytes), to, owner).id();
}

void TransactionLayer::cancel(TransactionId invite, std::string_view reason_header) {
  auto* transaction = impl_->pool.find(invite);
  if (transaction != nullptr) impl_->cancel(*transaction, reason_header);
}

void TransactionLayer::abandon(TransactionId id) {
  if (auto* transaction = impl_->pool.find(id)) transaction->abandoned = true;
}

void TransactionLayer::silence(TransactionId request) {
  if (auto* transaction = impl_->pool.find(request)) impl_->silence(*transaction);
}

bool TransactionLayer::knows(const Brief& request) const {
  return impl_->knows(request);
}

bool TransactionLayer::knows(const Message& request) const {
  return impl_->knows(request);
}

std::size_t TransactionLayer::size() const {
  return impl_->pool.live();
}

}  // namespace warp::sip

// WebhookMails: writes to the people of an account whose webhook endpoint was disabled because it failed for
// too long or said that it is gone. Users who may change webhooks, by their roles; of the operator's
// endpoints the operators. One node writes, once. On the API's loop; nothing without a mail server. What
// becomes of a mail stands in warp_identity_mails_total{result}.
#pragma once

#include <string>

#include <boost/asio/steady_timer.hpp>

#include "warp/api/ports.h"
#include "warp/base/log.h"
#include "warp/net/task_group.h"
#include "warp/store/webhook_notices.h"

namespace warp::app {

class WebhookMails {
 public:
  // `mailer` may be null. `platform`: its name in mails.
  WebhookMails(boost::asio::any_io_executor executor, pg::Pool& pool, api::Mailer* mailer,
               std::string platform, log::Logger& log);

  void start(net::TaskGroup& tasks);
  void stop();  // before the pool is closed

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> tell(store::DisabledWebhook endpoint);

  store::WebhookNotices notices_;
  api::Mailer* const mailer_;
  const std::string platform_;
  log::Logger& log_;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
};

api::Mail disabled_webhook_mail(const store::DisabledWebhook& endpoint, const std::string& to,
                                const std::string& platform);

}  // namespace warp::app

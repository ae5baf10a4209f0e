// TlsSet: contexts of all profiles, and what a handshake needs of them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "warp/sip/transport/tls.h"

namespace warp::sip {

struct TlsContext {
  TlsProfile profile;
  boost::asio::ssl::context server{boost::asio::ssl::context::tls_server};
  boost::asio::ssl::context client{boost::asio::ssl::context::tls_client};
};

class TlsSet {
 public:
  static Result<std::shared_ptr<const TlsSet>, std::string> make(const std::vector<TlsProfile>& profiles);

  // Empty: the first one, or where there is none, one without a certificate that trusts whom the system does.
  TlsContext* find(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<TlsContext>> contexts_;
};

// A server's end of one handshake: begins with the first of `among`, and goes on with the one whose
// certificate has the name that the client asks for (SNI).
struct ServerChoice {
  std::shared_ptr<const TlsSet> set;
  std::vector<TlsContext*> among;
  TlsContext* chosen = nullptr;
};
// `choice` outlives the handshake.
void choose_by_name(SSL& ssl, ServerChoice& choice);

// Does the certificate prove to be of `name` (RFC 5922 §7): a SIP URI, DNS name or address among its
// alternative names; the common name where there are none.
bool proves(X509& certificate, std::string_view name, bool wildcards);

}  // namespace warp::sip

// What OpenSSL calls back into: the association that an SSL belongs to. Private to this section.
#pragma once

#include <array>
#include <cstddef>

#include "openssl_types.h"

namespace warp::media {

class DtlsAssociation {
 public:
  using Cookie = std::array<unsigned char, 32>;
  virtual ~DtlsAssociation() = default;
  virtual bool cookie(Cookie& out) const = 0;  // of the source that is talked to
  virtual bool believes(const X509& certificate) = 0;
  virtual unsigned first_wait_us() const = 0;

  static DtlsAssociation& of(const SSL* ssl) { return *static_cast<DtlsAssociation*>(SSL_get_app_data(ssl)); }
};

// What all associations share: version, suites, SRTP profiles, callbacks. Null: OpenSSL refused.
SslContextPtr make_dtls_context(X509& certificate, EVP_PKEY& key);
}  // namespace warp::media

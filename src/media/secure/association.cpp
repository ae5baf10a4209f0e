#include "association.h"

#include <algorithm>
#include <chrono>

#include <openssl/crypto.h>

#include "dtls.h"

namespace warp::media {
namespace {

// Cheapest first: a server's order decides.
constexpr auto kSrtpProfiles =
    "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32";
constexpr auto kDtlsSuites = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA";
constexpr auto kDtlsGroups = "X25519:P-256:P-384";

int make_cookie(SSL* ssl, unsigned char* cookie, unsigned* size) {
  DtlsAssociation::Cookie own{};
  if (!DtlsAssociation::of(ssl).cookie(own)) return 0;
  std::copy(own.begin(), own.end(), cookie);
  *size = static_cast<unsigned>(own.size());
  return 1;
}

int check_cookie(SSL* ssl, const unsigned char* cookie, unsigned size) {
  DtlsAssociation::Cookie own{};
  if (size != own.size() || !DtlsAssociation::of(ssl).cookie(own)) return 0;
  return CRYPTO_memcmp(own.data(), cookie, own.size()) == 0 ? 1 : 0;
}

int check_certificate(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* certificate = X509_STORE_CTX_get0_cert(store);
  if (ssl && certificate && DtlsAssociation::of(ssl).believes(*certificate)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

}  // namespace

SslContextPtr make_dtls_context(X509& certificate, EVP_PKEY& key) {
  SslContextPtr context(SSL_CTX_new(DTLS_method()));
  if (!context) return nullptr;
  auto* ctx = context.get();
  const bool made = SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(ctx, kDtlsSuites) == 1 &&
                    SSL_CTX_set1_groups_list(ctx, kDtlsGroups) == 1 &&
                    SSL_CTX_use_certificate(ctx, &certificate) == 1 &&
                    SSL_CTX_use_PrivateKey(ctx, &key) == 1 && SSL_CTX_check_private_key(ctx) == 1 &&
                    SSL_CTX_set_tlsext_use_srtp(ctx, kSrtpProfiles) == 0;  // 0 is success here
  if (!made) return nullptr;
  SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                               SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(ctx, 16384);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, check_certificate, nullptr);
  SSL_CTX_set_cookie_generate_cb(ctx, make_cookie);
  SSL_CTX_set_cookie_verify_cb(ctx, check_cookie);
  return context;
}

}  // namespace warp::media

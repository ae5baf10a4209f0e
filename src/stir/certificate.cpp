#include "warp/stir/certificate.h"

#include <ctime>
#include <optional>

#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "openssl_handles.h"

namespace warp::stir {
namespace {

constexpr std::size_t kLongestSubject = 256;
constexpr std::size_t kLongestTrustPem = 4 << 20;
constexpr std::size_t kMostAuthorities = 4096;
constexpr std::string_view kTnAuthorizationOid = "1.3.6.1.5.5.7.1.26";

using Bio = Handle<BIO, BIO_free>;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

Bio memory(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The certificates of a PEM text, at most `most`; nullopt when there are more, or one is broken.
std::optional<std::vector<std::shared_ptr<X509>>> read_all(std::string_view pem, std::size_t most) {
  const auto bio = memory(pem);
  std::vector<std::shared_ptr<X509>> all;
  if (!bio) return std::nullopt;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    all.emplace_back(one, X509_free);
    if (all.size() > most) return std::nullopt;
  }
  // The end of the text is an error to OpenSSL, too: of its own kind.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return std::nullopt;
  return all;
}

std::optional<WallTime> wall_of(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return std::nullopt;
  return WallTime(std::chrono::seconds(timegm(&broken)));
}

std::string subject_of(X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253) < 0)
    return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return length > 0 ? std::string(text, std::min(static_cast<std::size_t>(length), kLongestSubject))
                    : std::string();
}

const ASN1_OBJECT* tn_authorization_object() {
  static const Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(kTnAuthorizationOid.data(), 1));
  return object.get();
}

bool read_authorization(X509& certificate, TnAuthorization& authorization) {
  const int at = X509_get_ext_by_OBJ(&certificate, tn_authorization_object(), -1);
  if (at < 0) return true;  // missing: check() says so
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(&certificate, at));
  const auto* octets = reinterpret_cast<const char*>(ASN1_STRING_get0_data(value));
  return authorization.parse({octets, static_cast<std::size_t>(ASN1_STRING_length(value))});
}

// A TN Authorization List is understood here, whether it is marked critical or not.
int forgive_known_extension(int good, X509_STORE_CTX* context) {
  if (good == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION) return good;
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1) continue;
    if (OBJ_cmp(X509_EXTENSION_get_object(extension), tn_authorization_object()) != 0) return 0;
  }
  return 1;
}

std::time_t seconds_of(WallTime time) {
  return static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace

std::string_view to_string(CertificateFault fault) {
  switch (fault) {
    case CertificateFault::None:
      return "none";
    case CertificateFault::Malformed:
      return "malformed";
    case CertificateFault::Key:
      return "key";
    case CertificateFault::Usage:
      return "usage";
    case CertificateFault::Authorization:
      return "authorization";
    case CertificateFault::Untrusted:
      return "untrusted";
    case CertificateFault::Expired:
      return "expired";
  }
  return "unknown";
}

Result<TrustList, std::string> TrustList::parse(std::string_view pem) {
  const ErrorsGone errors;
  if (pem.size() > kLongestTrustPem) return std::string("is larger than 4 MiB");
  const auto all = read_all(pem, kMostAuthorities);
  if (!all) return std::string("has a certificate that cannot be read, or too many");
  if (all->empty()) return std::string("has no certificate");
  TrustList list;
  list.store_ = {X509_STORE_new(), X509_STORE_free};
  for (const auto& one : *all)
    if (!list.store_ || X509_STORE_add_cert(list.store_.get(), one.get()) != 1)
      return std::string("cannot be kept");
  list.size_ = all->size();
  return list;
}

Result<CertificateChain, CertificateFault> CertificateChain::parse(std::string_view pem) {
  const ErrorsGone errors;
  if (pem.size() > kLongestPem) return CertificateFault::Malformed;
  auto all = read_all(pem, kMostCertificates);
  if (!all || all->empty()) return CertificateFault::Malformed;
  CertificateChain chain;
  chain.certificates_ = std::move(*all);
  X509& leaf = *chain.certificates_.front();
  chain.key_ = PublicKey(X509_get0_pubkey(&leaf));
  const auto from = wall_of(X509_get0_notBefore(&leaf)), to = wall_of(X509_get0_notAfter(&leaf));
  if (!from || !to || !read_authorization(leaf, chain.authorization_)) return CertificateFault::Malformed;
  chain.not_before_ = *from;
  chain.not_after_ = *to;
  chain.subject_ = subject_of(leaf);
  return chain;
}

CertificateFault CertificateChain::check_leaf(WallTime now) const {
  X509* leaf = certificates_.front().get();
  if (!key_.valid()) return CertificateFault::Key;
  const auto flags = X509_get_extension_flags(leaf);
  if ((flags & EXFLAG_INVALID) != 0) return CertificateFault::Malformed;
  if ((flags & EXFLAG_CA) != 0) return CertificateFault::Usage;
  // Without the extension every usage is allowed to OpenSSL; ATIS-1000080 wants it to stand there.
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
    return CertificateFault::Usage;
  if (authorization_.empty()) return CertificateFault::Authorization;
  if (now < not_before_ || now > not_after_) return CertificateFault::Expired;
  return CertificateFault::None;
}

CertificateFault CertificateChain::check(const TrustList& trust, WallTime now) const {
  const ErrorsGone errors;
  if (const auto fault = check_leaf(now); fault != CertificateFault::None) return fault;
  const Handle<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  if (!context || !others) return CertificateFault::Untrusted;
  for (std::size_t i = 1; i < certificates_.size(); ++i)
    sk_X509_push(others.get(), certificates_[i].get());
  if (X509_STORE_CTX_init(context.get(), trust.store_.get(), certificates_.front().get(), others.get()) != 1)
    return CertificateFault::Untrusted;
  X509_STORE_CTX_set_time(context.get(), 0, seconds_of(now));
  X509_STORE_CTX_set_depth(context.get(), static_cast<int>(kMostCertificates));
  X509_STORE_CTX_set_verify_cb(context.get(), forgive_known_extension);
  if (X509_verify_cert(context.get()) == 1) return CertificateFault::None;
  const int error = X509_STORE_CTX_get_error(context.get());
  const bool time = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  return time ? CertificateFault::Expired : CertificateFault::Untrusted;
}

}  // namespace warp::stir

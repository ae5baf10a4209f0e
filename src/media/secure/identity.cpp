#include <ctime>
#include <fstream>
#include <iterator>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "warp/base/descriptor.h"

#include "association.h"
#include "dtls.h"
#include "fingerprint.h"

namespace warp::media {
namespace {

constexpr long kDay = 24 * 3600;

class LocalIdentity final : public DtlsIdentity {
 public:
  LocalIdentity(KeyPtr key, CertificatePtr certificate, SslContextPtr context, std::vector<std::byte> digest)
      : key_(std::move(key)), certificate_(std::move(certificate)), context_(std::move(context)) {
    fingerprint_.digest = std::move(digest);
  }

  const domain::MediaFingerprint& fingerprint() const override { return fingerprint_; }
  ssl_ctx_st* context() const override { return context_.get(); }
  WallTime expires_at() const override {
    std::tm broken{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &broken) != 1) return {};
    return WallTime(std::chrono::seconds(::timegm(&broken)));
  }
  std::string pem() const override {
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(out.get(), certificate_.get()) != 1)
      return {};
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  KeyPtr key_;
  CertificatePtr certificate_;
  SslContextPtr context_;
  domain::MediaFingerprint fingerprint_;
};

bool set_random_serial(X509& certificate) {
  std::uint64_t serial = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial >> 1 | 1) == 1;
}

// Nobody looks at its dates: it is believed by its fingerprint.
CertificatePtr self_signed(EVP_PKEY& key) {
  CertificatePtr certificate(X509_new());
  if (!certificate) return nullptr;
  auto* name = X509_get_subject_name(certificate.get());
  const bool made =
      X509_set_version(certificate.get(), 2) == 1 && set_random_serial(*certificate) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay) &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3650 * kDay) &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("media"),
                                 -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate.get(), name) == 1 && X509_set_pubkey(certificate.get(), &key) == 1 &&
      X509_sign(certificate.get(), &key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

std::shared_ptr<const DtlsIdentity> identity_of(KeyPtr key, CertificatePtr certificate) {
  if (!key || !certificate) return nullptr;
  auto context = make_dtls_context(*certificate, *key);
  auto digest = fingerprint_of(*certificate, domain::MediaFingerprint{}.hash);
  if (!context || !digest) return nullptr;
  return std::make_shared<LocalIdentity>(std::move(key), std::move(certificate), std::move(context),
                                         std::move(*digest));
}

}  // namespace

std::shared_ptr<const DtlsIdentity> DtlsIdentity::make() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return nullptr;
  auto certificate = self_signed(*key);
  return identity_of(std::move(key), std::move(certificate));
}

std::shared_ptr<const DtlsIdentity> DtlsIdentity::kept_in(const std::filesystem::path& file, WallTime now) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto known = in.is_open() ? from_pem(text) : nullptr;
  if (known != nullptr && known->expires_at() > now + kRenewal) return known;
  auto fresh = make();
  if (fresh != nullptr) static_cast<void>(replace_file(file, fresh->pem()));
  return fresh;
}

std::shared_ptr<const DtlsIdentity> DtlsIdentity::from_pem(std::string_view text) {
  const auto size = static_cast<int>(std::min<std::size_t>(text.size(), 65536));
  const BioPtr for_key(BIO_new_mem_buf(text.data(), size)),
      for_certificate(BIO_new_mem_buf(text.data(), size));
  if (!for_key || !for_certificate) return nullptr;
  char no_password[] = "";  // else OpenSSL would ask the terminal
  KeyPtr key(PEM_read_bio_PrivateKey(for_key.get(), nullptr, nullptr, no_password));
  CertificatePtr certificate(PEM_read_bio_X509(for_certificate.get(), nullptr, nullptr, no_password));
  auto identity = identity_of(std::move(key), std::move(certificate));
  ERR_clear_error();
  return identity;
}

std::optional<std::vector<std::byte>> fingerprint_of(const X509& certificate, std::string_view hash) {
  const EVP_MD* digest = hash == "sha-1"     ? EVP_sha1()
                         : hash == "sha-224" ? EVP_sha224()
                         : hash == "sha-256" ? EVP_sha256()
                         : hash == "sha-384" ? EVP_sha384()
                         : hash == "sha-512" ? EVP_sha512()
                                             : nullptr;
  if (!digest) return std::nullopt;
  std::vector<std::byte> octets(static_cast<std::size_t>(EVP_MD_get_size(digest)));
  unsigned size = 0;
  if (X509_digest(&certificate, digest, reinterpret_cast<unsigned char*>(octets.data()), &size) != 1)
    return std::nullopt;
  return octets;
}

}  // namespace warp::media

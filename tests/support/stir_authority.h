// StirAuthority: an authority of a test that gives certificates for signing calls, all in memory.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace warp::test {

using KeyPointer = std::shared_ptr<EVP_PKEY>;
using CertificatePointer = std::shared_ptr<X509>;

struct StirCertificate {
  std::string key_pem, chain_pem;
  CertificatePointer certificate;
  KeyPointer key;
};

struct StirWish {
  std::string curve = "P-256";
  std::string usage = "critical,digitalSignature";  // empty: none
  // DER of the TN Authorization List; empty: no such extension. The SPC "1234" by default.
  std::string tn_list{
      "\x30\x08\xa0\x06\x16\x04"
      "1234",
      10};
  bool critical_list = false;
  std::chrono::seconds from{-3600}, to{3600};  // of `StirAuthority::kNow`
  bool authority = false;
};

class StirAuthority {
 public:
  // Certificates are good around this moment: 2026-01-01T00:00:00Z.
  static constexpr std::int64_t kNow = 1'767'225'600;

  StirAuthority() : StirAuthority(nullptr) {}
  explicit StirAuthority(const StirAuthority* above) {
    made_ = above == nullptr
                ? issue({.usage = "critical,keyCertSign", .tn_list = {}, .authority = true}, "root", this)
                : above->give({.usage = "critical,keyCertSign", .tn_list = {}, .authority = true}, "middle");
  }

  std::string trust_pem() const { return pem_of(*made_.certificate); }
  StirCertificate give(const StirWish& wish = {}, const std::string& name = "SHAKEN 1234") const {
    auto given = issue(wish, name, nullptr);
    return given;
  }

 private:
  static KeyPointer new_key(const std::string& curve) { return {EVP_EC_gen(curve.c_str()), EVP_PKEY_free}; }
  static std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio, &text);
    std::string out(text, static_cast<std::size_t>(length));
    BIO_free(bio);
    return out;
  }
  static std::string pem_of(X509& certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, &certificate);
    return text_of(bio);
  }
  static void add(X509& certificate, X509_EXTENSION* extension) {
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  StirCertificate issue(const StirWish& wish, const std::string& name, const StirAuthority* self) const {
    StirCertificate out;
    out.key = new_key(wish.curve);
    out.certificate = {X509_new(), X509_free};
    X509& made = *out.certificate;
    X509_set_version(&made, 2);
    static int serial = 100;
    ASN1_INTEGER_set(X509_get_serialNumber(&made), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(&made), kNow + wish.from.count());
    ASN1_TIME_set(X509_getm_notAfter(&made), kNow + wish.to.count());
    X509_set_pubkey(&made, out.key.get());
    auto* subject = X509_get_subject_name(&made);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(&made, self != nullptr ? subject : X509_get_subject_name(made_.certificate.get()));
    if (wish.authority)
      add(made, X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE"));
    if (!wish.usage.empty())
      add(made, X509V3_EXT_conf_nid(nullptr, nullptr, NID_key_usage, wish.usage.c_str()));
    if (!wish.tn_list.empty()) {
      ASN1_OBJECT* object = OBJ_txt2obj("1.3.6.1.5.5.7.1.26", 1);
      ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
      ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(wish.tn_list.data()),
                            static_cast<int>(wish.tn_list.size()));
      add(made, X509_EXTENSION_create_by_OBJ(nullptr, object, wish.critical_list ? 1 : 0, value));
      ASN1_OCTET_STRING_free(value);
      ASN1_OBJECT_free(object);
    }
    X509_sign(&made, self != nullptr ? out.key.get() : made_.key.get(), EVP_sha256());
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, out.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    out.key_pem = text_of(bio);
    out.chain_pem = pem_of(made);
    if (self == nullptr && made_.above_root) out.chain_pem += trust_pem();
    return out;
  }

  struct Own : StirCertificate {
    bool above_root = false;  // itself given by another authority: goes into chains
    Own& operator=(StirCertificate given) {
      above_root = given.certificate &&
                   X509_check_issued(given.certificate.get(), given.certificate.get()) != X509_V_OK;
      static_cast<StirCertificate&>(*this) = std::move(given);
      return *this;
    }
  };
  Own made_;
};

}  // namespace warp::test

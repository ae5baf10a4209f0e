#include "dtls.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "association.h"
#include "datagram_bio.h"
#include "fingerprint.h"
#include "profile.h"
#include "record.h"

namespace warp::media {
namespace {

unsigned wait_for(SSL* ssl, unsigned before_us) {
  constexpr unsigned kMicro = 1000, kFirst = Dtls::kFirstRetransmission.count() * kMicro,
                     kLast = Dtls::kLastRetransmission.count() * kMicro;
  if (before_us == 0) return DtlsAssociation::of(ssl).first_wait_us();
  return std::clamp(before_us * 2, kFirst, kLast);
}

class LibraryDtls final : public Dtls, DtlsAssociation, DatagramPort {
 public:
  LibraryDtls(std::shared_ptr<const DtlsIdentity> identity, const domain::DtlsTerms& terms, Monotonic now,
              unsigned first_wait_us)
      : identity_(std::move(identity)), terms_(terms), first_wait_us_(first_wait_us), hellos_since_(now) {}
  ~LibraryDtls() override {
    OPENSSL_cleanse(&keys_, sizeof keys_);
    OPENSSL_cleanse(secret_.data(), secret_.size());
  }

  bool ready() { return RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) == 1; }
  void start(Out& out, Monotonic now) override;
  void receive(std::span<const std::byte> datagram, const domain::SocketAddress& source, Out& out,
               Monotonic now) override;
  void tick(Out& out, Monotonic now) override;
  State state() const override { return state_; }
  Failure failure() const override { return failure_; }
  const Keys& keys() const override { return keys_; }

 private:
  bool cookie(Cookie& out) const override;
  bool believes(const X509& certificate) override;
  unsigned first_wait_us() const override { return first_wait_us_; }
  std::span<const std::byte> next_datagram() override { return std::exchange(pending_, {}); }
  void send_datagram(std::span<const std::byte> octets) override {
    if (out_) out_->datagram(octets);
  }

  // No cookie has come back yet: the peer may be whoever wrote its address there.
  bool tentative() const {
    return step_ == TLS_ST_BEFORE || step_ == TLS_ST_SR_CLNT_HELLO ||
           step_ == DTLS_ST_SW_HELLO_VERIFY_REQUEST;
  }
  SslPtr make_ssl();
  void begin(SslPtr ssl, Monotonic now);
  void client_hello(std::span<const std::byte> datagram, const domain::SocketAddress& source, Monotonic now);
  void accept(std::span<const std::byte> datagram, Monotonic now, bool whole);
  void feed(std::span<const std::byte> datagram, Monotonic now);
  void step(Monotonic now);
  void answer_late();
  void finish(Monotonic now);
  void fail(Failure failure);

  const std::shared_ptr<const DtlsIdentity> identity_;
  const domain::DtlsTerms terms_;
  const unsigned first_wait_us_;
  std::array<unsigned char, 32> secret_{};  // of cookies
  State state_ = State::Waiting;
  Failure failure_ = Failure::None;
  bool mistrusted_ = false;
  Keys keys_;
  SslPtr current_, listener_;
  domain::SocketAddress source_;  // of the datagram in hand
  domain::SocketAddress peer_;    // whom the handshake is with
  std::array<std::byte, 32> random_{};
  unsigned datagrams_ = 0, hellos_ = 0;
  Monotonic hellos_since_;
  Monotonic began_{}, moved_{};  // moved_: the handshake's last step; of Done, its end
  OSSL_HANDSHAKE_STATE step_ = TLS_ST_BEFORE;
  std::span<const std::byte> pending_;  // within receive()
  Out* out_ = nullptr;                  // within a call
};

// A cookie is good for the source that it was sent to, with this association alone.
bool LibraryDtls::cookie(Cookie& out) const {
  std::array<unsigned char, 19> place{};
  std::copy(source_.ip.bytes.begin(), source_.ip.bytes.end(), place.begin());
  place[16] = source_.ip.v6 ? 1 : 0;
  place[17] = static_cast<unsigned char>(source_.port >> 8);
  place[18] = static_cast<unsigned char>(source_.port & 0xff);
  unsigned size = 0;
  return HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), place.data(), place.size(),
              out.data(), &size) != nullptr;
}

bool LibraryDtls::believes(const X509& certificate) {
  const auto seen = fingerprint_of(certificate, terms_.hash);
  const bool same = seen && seen->size() == terms_.fingerprint.size() &&
                    CRYPTO_memcmp(seen->data(), terms_.fingerprint.data(), seen->size()) == 0;
  mistrusted_ = !same;
  return same;
}

SslPtr LibraryDtls::make_ssl() {
  SslPtr ssl(SSL_new(identity_->context()));
  auto* bio = ssl ? make_datagram_bio(*this) : nullptr;
  if (!bio) return nullptr;
  SSL_set_bio(ssl.get(), bio, bio);  // takes the one reference for both
  SSL_set_app_data(ssl.get(), static_cast<DtlsAssociation*>(this));
  DTLS_set_link_mtu(ssl.get(), kDatagram);
  DTLS_set_timer_cb(ssl.get(), wait_for);
  if (terms_.active)
    SSL_set_connect_state(ssl.get());
  else
    SSL_set_accept_state(ssl.get());
  return ssl;
}

void LibraryDtls::begin(SslPtr ssl, Monotonic now) {
  current_ = std::move(ssl);
  state_ = State::Handshaking;
  began_ = moved_ = now;
  datagrams_ = 0;
  step_ = TLS_ST_BEFORE;
}

void LibraryDtls::start(Out& out, Monotonic now) {
  if (!terms_.active || state_ != State::Waiting) return;
  auto ssl = make_ssl();
  if (!ssl) return fail(Failure::TooMuch);
  begin(std::move(ssl), now);
  out_ = &out;
  step(now);
  out_ = nullptr;
}

void LibraryDtls::receive(std::span<const std::byte> datagram, const domain::SocketAddress& source, Out& out,
                          Monotonic now) {
  if (state_ == State::Failed || !is_dtls(datagram)) return;
  source_ = source;
  out_ = &out;
  if (terms_.active) {
    // Its answers may come from elsewhere than they were asked for; an alert that anybody could have written
    // counts only from where a handshake message came.
    if (is_handshake(datagram)) peer_ = source;
    if (current_ && (source == peer_ || !is_plain_alert(datagram))) feed(datagram, now);
  } else if (client_hello_in(datagram)) {
    client_hello(datagram, source, now);
  } else if (current_ && source == peer_) {
    feed(datagram, now);
  }
  pending_ = {};
  out_ = nullptr;
}

void LibraryDtls::client_hello(std::span<const std::byte> datagram, const domain::SocketAddress& source,
                               Monotonic now) {
  const auto seen = client_hello_in(datagram);
  if (state_ == State::Done || !seen) return;
  const bool same = current_ && source == peer_;
  if (same && (seen->random == random_ || seen->random == decltype(random_){})) return feed(datagram, now);
  if (current_ && !same && !tentative() && now - moved_ < kStall) return;
  if (now - hellos_since_ >= kTimeLimit) {
    hellos_since_ = now;
    hellos_ = 0;
  }
  if (++hellos_ > kMostDatagrams) return;
  accept(datagram, now, !seen->fragment);
}

void LibraryDtls::accept(std::span<const std::byte> datagram, Monotonic now, bool whole) {
  if (!listener_) listener_ = make_ssl();
  if (!listener_) return;
  pending_ = datagram;
  // The library listens for whole hellos alone; a fragment begins a handshake whose cookie is asked for
  // within.
  if (whole) {
    ERR_clear_error();
    const std::unique_ptr<BIO_ADDR, FreeBy<BIO_ADDR_free>> unused(BIO_ADDR_new());
    const int heard = unused ? DTLSv1_listen(listener_.get(), unused.get()) : -1;
    if (heard < 0) listener_.reset();
    if (heard <= 0) return;
  } else {
    SSL_set_options(listener_.get(), SSL_OP_COOKIE_EXCHANGE);
  }
  begin(std::move(listener_), now);
  peer_ = source_;
  random_ = client_hello_in(datagram)->random;
  step(now);
}

void LibraryDtls::feed(std::span<const std::byte> datagram, Monotonic now) {
  pending_ = datagram;
  if (state_ == State::Done) return answer_late();
  if (++datagrams_ > kMostDatagrams) return fail(Failure::TooMuch);
  step(now);
}

void LibraryDtls::step(Monotonic now) {
  ERR_clear_error();
  const int result = SSL_do_handshake(current_.get());
  if (const auto reached = SSL_get_state(current_.get()); reached != step_) {
    step_ = reached;
    moved_ = now;
  }
  if (result == 1) return finish(now);
  const int error = SSL_get_error(current_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  fail(mistrusted_ ? Failure::Fingerprint : Failure::Alert);
}

// The peer has not got our last flight and repeats its own; the library sends ours again.
void LibraryDtls::answer_late() {
  std::array<char, 2048> unused{};
  ERR_clear_error();
  while (!pending_.empty())
    if (SSL_read(current_.get(), unused.data(), static_cast<int>(unused.size())) <= 0) break;
  ERR_clear_error();
}

void LibraryDtls::finish(Monotonic now) {
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  const auto* profile = SSL_get_selected_srtp_profile(current_.get());
  const auto suite = profile ? suite_by_profile(profile->id) : domain::SrtpSuite::None;
  if (suite == domain::SrtpSuite::None) return fail(Failure::NoProfile);
  const auto size = material_octets(suite), salt = salt_octets(suite), key = size - salt;
  std::array<unsigned char, 2 * sizeof(domain::SrtpKeys::material)> block{};
  if (SSL_export_keying_material(current_.get(), block.data(), 2 * size, kLabel.data(), kLabel.size(),
                                 nullptr, 0, 0) != 1)
    return fail(Failure::NoProfile);
  // RFC 5764 §4.2: the client's key, the server's, the client's salt, the server's.
  for (const bool client : {true, false}) {
    auto& keys = client == terms_.active ? keys_.send : keys_.receive;
    keys.suite = suite;
    keys.size = static_cast<std::uint8_t>(size);
    const auto octets = std::as_bytes(std::span(block));
    const auto keys_at = octets.subspan(client ? 0 : key, key);
    const auto salt_at = octets.subspan(2 * key + (client ? 0 : salt), salt);
    std::copy(salt_at.begin(), salt_at.end(),
              std::copy(keys_at.begin(), keys_at.end(), keys.material.begin()));
  }
  OPENSSL_cleanse(block.data(), block.size());
  state_ = State::Done;
  moved_ = now;
  listener_.reset();
  ERR_clear_error();
}

void LibraryDtls::tick(Out& out, Monotonic now) {
  if (state_ == State::Done && now - moved_ >= kLinger) current_.reset();
  if (state_ != State::Handshaking) return;
  if (now - began_ >= kTimeLimit) return fail(Failure::TimedOut);
  out_ = &out;
  ERR_clear_error();
  DTLSv1_handle_timeout(current_.get());
  ERR_clear_error();
  out_ = nullptr;
}

void LibraryDtls::fail(Failure failure) {
  state_ = State::Failed;
  failure_ = failure;
  current_.reset();
  listener_.reset();
  ERR_clear_error();
}

}  // namespace

std::unique_ptr<Dtls> Dtls::make(std::shared_ptr<const DtlsIdentity> identity, const domain::DtlsTerms& terms,
                                 Monotonic now, std::chrono::microseconds first_retransmission) {
  if (!identity) return nullptr;
  auto made = std::make_unique<LibraryDtls>(std::move(identity), terms, now,
                                            static_cast<unsigned>(first_retransmission.count()));
  if (!made->ready()) return nullptr;
  return made;
}

std::string_view to_string(Dtls::Failure failure) {
  switch (failure) {
    case Dtls::Failure::None:
      return "none";
    case Dtls::Failure::Fingerprint:
      return "fingerprint";
    case Dtls::Failure::NoProfile:
      return "no_profile";
    case Dtls::Failure::Alert:
      return "alert";
    case Dtls::Failure::TimedOut:
      return "timed_out";
    case Dtls::Failure::TooMuch:
      return "too_much";
  }
  return "";
}

}  // namespace warp::media

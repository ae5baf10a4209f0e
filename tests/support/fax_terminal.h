// Fax machines by spandsp, driven in ticks of 20 ms: one that speaks T.38 over UDPTL, one that speaks modem
// tones.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <spandsp.h>
#include <string>
#include <utility>
#include <vector>
#undef lrint
#undef lrintf

#include "warp/fax/udptl.h"

namespace warp::support {

inline constexpr std::size_t kFaxBlock = 160;  // 20 ms

struct FaxJob {
  bool caller = true;
  std::string send, receive;  // TIFF files; one of them
  bool ecm = true;
  int modems = T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17;
};

struct FaxOutcome {
  bool ended = false;  // phase E: the machines are done with one another
  int result = -1;     // T30_ERR_OK
  std::string text = "no end";
  int pages_sent = 0, pages_received = 0, bit_rate = 0, bad_rows = 0, retries = 0;
  bool ecm = false;
};

// What both machines share: the T.30 engine with its job and outcome.
class FaxMachine {
 public:
  const FaxOutcome& outcome() const { return outcome_; }

 protected:
  ~FaxMachine() = default;
  void prepare(t30_state_t* t30, const FaxJob& job) {
    t30_set_tx_ident(t30, job.caller ? "caller" : "answerer");
    t30_set_ecm_capability(t30, job.ecm ? TRUE : FALSE);
    t30_set_supported_modems(t30, job.modems);
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    t30_set_supported_resolutions(
        t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION);
    t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
    if (!job.send.empty()) t30_set_tx_file(t30, job.send.c_str(), -1, -1);
    if (!job.receive.empty()) t30_set_rx_file(t30, job.receive.c_str(), -1);
    t30_set_phase_e_handler(t30, &FaxMachine::done, this);
  }

 private:
  static void done(t30_state_t* t30, void* self, int result) {
    auto& outcome = static_cast<FaxMachine*>(self)->outcome_;
    t30_stats_t figures{};
    t30_get_transfer_statistics(t30, &figures);
    outcome = {true,
               result,
               t30_completion_code_to_str(result),
               figures.pages_tx,
               figures.pages_rx,
               figures.bit_rate,
               figures.bad_rows,
               figures.error_correcting_mode_retries,
               figures.error_correcting_mode != FALSE};
  }
  FaxOutcome outcome_;
};

class AudioFaxMachine : public FaxMachine {
 public:
  explicit AudioFaxMachine(const FaxJob& job)
      : state_(fax_init(nullptr, job.caller ? TRUE : FALSE), &fax_free) {
    prepare(fax_get_t30_state(state_.get()), job);
    fax_set_transmit_on_idle(state_.get(), TRUE);
  }
  using Block = std::array<std::int16_t, kFaxBlock>;
  Block tick(const Block& heard) {
    hear(heard);
    return say();
  }
  void hear(std::span<const std::int16_t> heard) {
    std::vector<std::int16_t> samples(heard.begin(), heard.end());  // the modems alter what they hear
    fax_rx(state_.get(), samples.data(), static_cast<int>(samples.size()));
  }
  Block say() {
    Block said{};
    fax_tx(state_.get(), said.data(), static_cast<int>(said.size()));
    return said;
  }

 private:
  std::unique_ptr<fax_state_t, decltype(&fax_free)> state_;
};

class T38FaxMachine : public FaxMachine {
 public:
  using Send = std::function<void(std::span<const std::byte> datagram)>;

  T38FaxMachine(const FaxJob& job, int version, bool redundancy, std::size_t most_octets, Send send)
      : send_(std::move(send)),
        sender_(redundancy, most_octets),
        state_(t38_terminal_init(nullptr, job.caller ? TRUE : FALSE, &T38FaxMachine::out, this),
               &t38_terminal_free) {
    prepare(t38_terminal_get_t30_state(state_.get()), job);
    t38_set_t38_version(core(), version);
  }
  // False: malformed.
  bool receive(std::span<const std::byte> datagram) {
    const auto received = receiver_.receive(datagram);
    if (!received) return false;
    for (const auto& delivery : *received) {
      sequence_ = static_cast<std::uint16_t>(sequence_ + delivery.missed);
      t38_core_rx_ifp_packet(core(), reinterpret_cast<const std::uint8_t*>(delivery.ifp.data()),
                             static_cast<int>(delivery.ifp.size()), sequence_++);
    }
    return true;
  }
  void tick() { t38_terminal_send_timeout(state_.get(), kFaxBlock); }

 private:
  t38_core_state_t* core() { return t38_terminal_get_t38_core_state(state_.get()); }
  static int out(t38_core_state_t*, void* self, const std::uint8_t* octets, int size, int repeats) {
    auto& machine = *static_cast<T38FaxMachine*>(self);
    std::array<std::byte, fax::kMostUdptlOctets> datagram;
    const auto length =
        machine.sender_.pack(std::as_bytes(std::span(octets, static_cast<std::size_t>(size))), datagram);
    for (int i = 0; i < (repeats & 0xff); ++i)
      machine.send_(std::span(datagram).first(length));
    return 0;
  }

  Send send_;
  fax::UdptlSender sender_;
  fax::UdptlReceiver receiver_;
  std::uint16_t sequence_ = 0;
  std::unique_ptr<t38_terminal_state_t, decltype(&t38_terminal_free)> state_;
};

}  // namespace warp::support

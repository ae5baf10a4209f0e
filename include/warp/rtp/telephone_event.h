// telephone-event (RFC 4733): the payload, a machine that sends one event, and one that hears each event
// once.
//
// Sans-I/O, values of one thread. Durations within are units of the format's clock (8000, 16000, 48000 Hz).
// Events 0..15 are the DTMF digits; others pass as their number.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "warp/base/result.h"
#include "warp/rtp/packet.h"

namespace warp::rtp {

inline constexpr std::size_t kTelephoneEventBytes = 4;

struct TelephoneEvent {  // §2.3
  std::uint8_t event = 0;
  bool end = false;
  std::uint8_t volume = 10;  // -dBm0, 0..63
  std::uint16_t duration = 0;
  friend bool operator==(const TelephoneEvent&, const TelephoneEvent&) = default;
};

// The first event of `payload`; a payload of several (§2.5.1.5) goes on behind it. TooShort is its one error.
Result<TelephoneEvent, PacketError> parse_telephone_event(std::span<const std::byte> payload);
std::array<std::byte, kTelephoneEventBytes> telephone_event_payload(const TelephoneEvent& event);
// `duration` of one clock in units of another; 0xffff at most.
std::uint16_t map_duration(std::uint16_t duration, std::uint32_t from_rate, std::uint32_t to_rate);

// One event from its first packet to its third end packet. next() is called every `ptime`; the end packets
// may as well be taken at once.
class EventSender {
 public:
  struct Settings {
    std::uint8_t event = 0;
    std::uint8_t volume = 10;
    std::uint32_t clock_rate = 8000;
    std::chrono::milliseconds ptime{20};
    std::optional<std::chrono::milliseconds> length{};  // none: until end()
  };
  struct Packet {
    std::array<std::byte, kTelephoneEventBytes> payload{};
    std::uint32_t timestamp = 0;
    bool marker = false;
    bool end = false;
  };

  EventSender(const Settings& settings, std::uint32_t timestamp);
  std::optional<Packet> next();  // nullopt: all is sent
  void end();                    // the next packet is the first of the three last ones
  // The timestamp of what follows the event.
  std::uint32_t after() const { return segment_ + elapsed_; }

 private:
  Settings settings_;
  std::uint32_t segment_;      // timestamp of the packets; moves on when a duration is full (§2.5.1.3)
  std::uint32_t elapsed_ = 0;  // of the segment
  std::uint64_t total_ = 0;
  unsigned ends_left_ = 3;
  bool begun_ = false, ending_ = false;
};

struct EventChange {
  std::uint8_t event = 0;
  bool begins = false;  // false: it has ended, after `length`
  std::uint8_t volume = 0;
  std::chrono::milliseconds length{0};
};

// Each event begins once and ends once, however often its packets come and whichever of them are lost. What
// receive() and passed() return is valid until the next call.
class EventReceiver {
 public:
  static constexpr std::chrono::milliseconds kSilence{200};  // then an event without an end packet is over

  explicit EventReceiver(std::uint32_t clock_rate) : clock_rate_(clock_rate == 0 ? 8000 : clock_rate) {}
  // A packet of telephone-event with its RTP timestamp; any bytes.
  std::span<const EventChange> receive(std::span<const std::byte> payload, std::uint32_t timestamp);
  // The stream has come to `timestamp`, in units of clock_rate: an event that has been silent is over.
  std::span<const EventChange> passed(std::uint32_t timestamp);
  std::optional<std::uint8_t> sounding() const;

 private:
  void one(const TelephoneEvent& event, std::uint32_t timestamp);
  void begin(const TelephoneEvent& event, std::uint32_t timestamp);
  void finish();
  void change(bool begins);
  bool continues(const TelephoneEvent& event, std::uint32_t timestamp) const;

  static constexpr std::size_t kMostBlocks = 8;  // events read of one packet
  std::uint32_t clock_rate_;
  bool seen_ = false, active_ = false;
  std::uint32_t timestamp_ = 0;  // of the segment that is heard, or was last
  TelephoneEvent now_;
  std::uint64_t before_ = 0;  // duration of the segments before it
  std::array<EventChange, 2 * kMostBlocks + 1> changes_{};
  std::size_t count_ = 0;
};

}  // namespace warp::rtp

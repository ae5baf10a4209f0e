/* What the kernel program and user space share: the layout of the maps. Plain C, sizes without padding. */
#pragma once

#include <linux/types.h>

/* Where a packet comes to. IPv4 in the first four octets, the rest zero; ports in network order. */
struct relay_key {
  __u8 address[16];
  __u16 port;
  __u8 v6;
  __u8 zero;
};

#define RELAY_NO_EVENT 0xff

struct relay_flow {
  __u32 counter;   /* index into relay_counts */
  __u32 interface; /* where it leaves; 0: it stays on this machine (loopback) */
  __u8 source[16];
  __u8 from[16];
  __u8 to[16];
  __u8 next_hop[16];
  __u16 source_port, from_port, to_port; /* network order */
  __u16 most_octets;                     /* of the IP packet, what the way out takes */
  __u8 next_hop_v6;
  __u8 traffic_class;
  __u8 event; /* payload type that is not forwarded, or RELAY_NO_EVENT */
  __u8 v6;
};

struct relay_count {
  __u64 packets, octets; /* octets: of the UDP payload */
  __u64 expected;        /* packets that the sequence numbers tell of */
  __u64 last_ns;         /* CLOCK_MONOTONIC */
  __u32 ssrc;
  __u16 highest; /* sequence number */
  __u16 quiet;   /* of the last sample: RELAY_HEARD_... */
  __u64 window;  /* bit n: the sequence number highest - n has come */
  __u32 duplicates, out_of_order;
  __u64 reserved; /* a cache line each */
};

/* What a sample of the payload was: one packet in RELAY_SAMPLE_EVERY, by its sequence number. */
#define RELAY_SAMPLE_EVERY 64
#define RELAY_HEARD_UNKNOWN 0
#define RELAY_HEARD_SOUND 1
#define RELAY_HEARD_SILENCE 2

/* Why a packet that came to a flow's port went to its socket instead. */
enum relay_passed {
  RELAY_PASSED_SOURCE, /* from somewhere else */
  RELAY_PASSED_RTCP,
  RELAY_PASSED_EVENT,
  RELAY_PASSED_SHAPE, /* not RTP version 2, too short, too long, a checksum that must not be zero */
  RELAY_PASSED_HOPS,  /* its TTL or hop limit is used up */
  RELAY_PASSED_KINDS
};

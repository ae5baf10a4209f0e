// Forwards the packets of installed flows past the sockets; everything else goes its usual way. The contract is
// in path.h, the layout of the maps in relay_map.h.
//
// It is made to be loaded with CAP_BPF alone (without CAP_PERFMON): packets are copied to zeroed memory of the
// stack and changed through helpers, no packet pointer is kept.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "relay_map.h"

// Of linux/if_packet.h, linux/socket.h and of newer kernels' linux/bpf.h.
#define kToHost 0
#define kInet 2
#define kInet6 10
#define kChecksumOfV6 (1ull << 7)

#define kRtpHeader 12
#define kUdpHeader 8
#define kEventsAside 0x7f
// RFC 3550 A.1
#define kMaxDropout 3000
#define kMaxMisorder 100
// RFC 3551
#define kPcmu 0
#define kPcma 8
#define kComfortNoise 13
#define kOldComfortNoise 19
#define kSampled 16

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);  // the loader says how many
  __type(key, struct relay_key);
  __type(value, struct relay_flow);
} relay_flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct relay_count);
} relay_counts SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, RELAY_PASSED_KINDS);
  __type(key, __u32);
  __type(value, __u64);
} relay_passes SEC(".maps");

char licence[] SEC("license") = "GPL";

struct rtp_start {
  __u8 flags, type;
  __u16 sequence;
  __u32 timestamp;
  __u32 ssrc;
};
struct udp_start {
  __u16 source, dest, length, check;
};
struct v4_start {
  __u8 version_length, tos;
  __u16 total, id, fragment;
  __u8 ttl, protocol;
  __u16 check;
  __u8 source[4], dest[4];
  struct udp_start udp;
  struct rtp_start rtp;
};
struct v6_start {
  __u32 version_class_label;
  __u16 payload;
  __u8 next, hops;
  __u8 source[16], dest[16];
  struct udp_start udp;
  struct rtp_start rtp;
};

static __always_inline int pass(__u32 why) {
  __u64* count = bpf_map_lookup_elem(&relay_passes, &why);
  if (count) *count += 1;
  return TC_ACT_UNSPEC;
}

static __always_inline int same(const __u8* a, const __u8* b) {
  const __u64* x = (const __u64*)a;
  const __u64* y = (const __u64*)b;
  return x[0] == y[0] && x[1] == y[1];
}

// One's complement difference that an address's change makes.
static __always_inline __u32 change(const __u8* before, const __u8* after, int words, __u32 sum) {
  const __u32* b = (const __u32*)before;
  const __u32* a = (const __u32*)after;
  __u64 total = sum;
  for (int i = 0; i < words; ++i)
    total += (__u64)(__u32)~b[i] + a[i];
  total = (total & 0xffffffff) + (total >> 32);
  return (total & 0xffffffff) + (total >> 32);
}

// Within two steps of zero: digital silence, of G.711 with its static payload types. Comfort noise is silence too.
static __always_inline __u16 heard(struct __sk_buff* skb, const struct rtp_start* rtp, __u32 at, __u64 octets) {
  const __u8 type = rtp->type & 0x7f;
  if (type == kComfortNoise || type == kOldComfortNoise) return RELAY_HEARD_SILENCE;
  __u8 start[kSampled] = {0};
  if ((type != kPcmu && type != kPcma) || rtp->flags != 0x80 || octets < kRtpHeader + kSampled ||
      bpf_skb_load_bytes(skb, at + kRtpHeader, start, sizeof start))
    return RELAY_HEARD_UNKNOWN;
  for (int i = 0; i < kSampled; ++i) {
    const __u8 magnitude = type == kPcmu ? ~start[i] & 0x7f : (start[i] ^ 0x55) & 0x7f;
    if (magnitude > 1) return RELAY_HEARD_SOUND;
  }
  return RELAY_HEARD_SILENCE;
}

// Behind the highest one: it has come already, or comes late.
static __always_inline void count_behind(struct relay_count* counts, __u16 distance) {
  const __u64 bit = distance < 64 ? 1ull << (distance & 63) : 0;
  if (counts->window & bit) {
    counts->duplicates += 1;
  } else {
    counts->window |= bit;
    counts->out_of_order += 1;
  }
}

static __always_inline void count(struct __sk_buff* skb, const struct relay_flow* flow, const struct rtp_start* rtp,
                                  __u32 at, __u64 octets) {
  __u32 index = flow->counter;
  struct relay_count* counts = bpf_map_lookup_elem(&relay_counts, &index);
  if (!counts) return;
  const __u16 sequence = bpf_ntohs(rtp->sequence);
  const __u32 ssrc = bpf_ntohl(rtp->ssrc);
  const __s16 ahead = (__s16)(sequence - counts->highest);
  if (counts->packets == 0 || counts->ssrc != ssrc || ahead > kMaxDropout || ahead < -kMaxMisorder) {
    counts->ssrc = ssrc;
    counts->highest = sequence;
    counts->expected += 1;
    counts->window = 1;
  } else if (ahead > 0) {
    counts->highest = sequence;
    counts->expected += ahead;
    counts->window = (ahead < 64 ? counts->window << (ahead & 63) : 0) | 1;
  } else {
    count_behind(counts, (__u16)-ahead);
  }
  if (sequence % RELAY_SAMPLE_EVERY == 0) counts->quiet = heard(skb, rtp, at, octets);
  __sync_fetch_and_add(&counts->packets, 1);
  __sync_fetch_and_add(&counts->octets, octets);
  counts->last_ns = bpf_ktime_get_ns();
}

// Whether it is one that the flow forwards; otherwise why not.
static __always_inline int refused(const struct relay_flow* flow, const __u8* source, const struct udp_start* udp,
                                   const struct rtp_start* rtp, __u32 datagram, __u32 octets, __u8 hops) {
  if (flow->source_port != udp->source || !same(flow->source, source)) return RELAY_PASSED_SOURCE;
  if ((rtp->flags & 0xc0) != 0x80) return RELAY_PASSED_SHAPE;
  if (rtp->type >= 192 && rtp->type <= 223) return RELAY_PASSED_RTCP;
  if ((rtp->type & kEventsAside) == flow->event) return RELAY_PASSED_EVENT;
  const __u32 header = kUdpHeader + kRtpHeader + 4 * (rtp->flags & 0x0f);
  if (bpf_ntohs(udp->length) != datagram || datagram < header || octets > flow->most_octets)
    return RELAY_PASSED_SHAPE;
  if (hops <= 1) return RELAY_PASSED_HOPS;
  return RELAY_PASSED_KINDS;
}

static __always_inline int send(const struct relay_flow* flow) {
  if (flow->interface == 0) return TC_ACT_OK;
  struct bpf_redir_neigh hop;
  __builtin_memset(&hop, 0, sizeof hop);
  hop.nh_family = flow->next_hop_v6 ? kInet6 : kInet;
  __builtin_memcpy(hop.ipv6_nh, flow->next_hop, 16);
  return bpf_redirect_neigh(flow->interface, &hop, sizeof hop, 0);
}

#define at4(member) (ETH_HLEN + __builtin_offsetof(struct v4_start, member))
#define at6(member) (ETH_HLEN + __builtin_offsetof(struct v6_start, member))

static __always_inline int relay_v4(struct __sk_buff* skb) {
  struct v4_start packet;
  __builtin_memset(&packet, 0, sizeof packet);
  if (bpf_skb_load_bytes(skb, ETH_HLEN, &packet, sizeof packet)) return TC_ACT_UNSPEC;
  // 0x45: no options; a fragment of any kind has no business here.
  if (packet.version_length != 0x45 || packet.protocol != IPPROTO_UDP) return TC_ACT_UNSPEC;
  if (packet.fragment & bpf_htons(0x3fff)) return TC_ACT_UNSPEC;

  struct relay_key key;
  __builtin_memset(&key, 0, sizeof key);
  __builtin_memcpy(key.address, packet.dest, 4);
  key.port = packet.udp.dest;
  const struct relay_flow* flow = bpf_map_lookup_elem(&relay_flows, &key);
  if (!flow) return TC_ACT_UNSPEC;

  __u8 source[16] __attribute__((aligned(8))) = {0};
  __builtin_memcpy(source, packet.source, 4);
  const __u32 octets = bpf_ntohs(packet.total);
  if (skb->len - ETH_HLEN < octets || octets < 20) return pass(RELAY_PASSED_SHAPE);
  const int why = refused(flow, source, &packet.udp, &packet.rtp, octets - 20, octets, packet.ttl);
  if (why != RELAY_PASSED_KINDS) return pass(why);
  count(skb, flow, &packet.rtp, at4(rtp), octets - 20 - kUdpHeader);

  // UDP: the addresses are of the pseudo-header, the ports are not. A sum of zero stays: there is none.
  __u32 sum = change(packet.source, flow->from, 1, 0);
  sum = change(packet.dest, flow->to, 1, sum);
  bpf_l4_csum_replace(skb, at4(udp.check), 0, sum, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
  bpf_l4_csum_replace(skb, at4(udp.check), packet.udp.source, flow->from_port, BPF_F_MARK_MANGLED_0 | 2);
  bpf_l4_csum_replace(skb, at4(udp.check), packet.udp.dest, flow->to_port, BPF_F_MARK_MANGLED_0 | 2);
  __u16 ports[2] = {flow->from_port, flow->to_port};
  bpf_skb_store_bytes(skb, at4(udp), ports, sizeof ports, 0);

  // IP: what changes, in 16-bit words with their neighbours.
  const __u8 ttl = flow->interface == 0 ? packet.ttl : packet.ttl - 1;
  __u8 before[4] __attribute__((aligned(4))) = {0x45, packet.tos, packet.ttl, packet.protocol};
  __u8 after[4] __attribute__((aligned(4))) = {0x45, flow->traffic_class, ttl, packet.protocol};
  sum = change(before, after, 1, sum);
  bpf_l3_csum_replace(skb, at4(check), 0, sum, 0);
  __u8 addresses[8] __attribute__((aligned(4)));
  __builtin_memcpy(addresses, flow->from, 4);
  __builtin_memcpy(addresses + 4, flow->to, 4);
  bpf_skb_store_bytes(skb, at4(source), addresses, sizeof addresses, 0);
  bpf_skb_store_bytes(skb, at4(tos), &after[1], 1, 0);
  bpf_skb_store_bytes(skb, at4(ttl), &after[2], 1, 0);
  return send(flow);
}

static __always_inline int relay_v6(struct __sk_buff* skb) {
  struct v6_start packet;
  __builtin_memset(&packet, 0, sizeof packet);
  if (bpf_skb_load_bytes(skb, ETH_HLEN, &packet, sizeof packet)) return TC_ACT_UNSPEC;
  // Extension headers, fragments among them, have another number here.
  if (packet.next != IPPROTO_UDP) return TC_ACT_UNSPEC;

  struct relay_key key;
  __builtin_memset(&key, 0, sizeof key);
  __builtin_memcpy(key.address, packet.dest, 16);
  key.port = packet.udp.dest;
  key.v6 = 1;
  const struct relay_flow* flow = bpf_map_lookup_elem(&relay_flows, &key);
  if (!flow) return TC_ACT_UNSPEC;

  __u8 source[16] __attribute__((aligned(8)));
  __builtin_memcpy(source, packet.source, 16);
  const __u32 octets = bpf_ntohs(packet.payload);
  if (skb->len - ETH_HLEN < 40 + octets || packet.udp.check == 0) return pass(RELAY_PASSED_SHAPE);
  const int why = refused(flow, source, &packet.udp, &packet.rtp, octets, octets + 40, packet.hops);
  if (why != RELAY_PASSED_KINDS) return pass(why);
  count(skb, flow, &packet.rtp, at6(rtp), octets - kUdpHeader);

  __u32 sum = change(packet.source, flow->from, 4, 0);
  sum = change(packet.dest, flow->to, 4, sum);
  // Kernels that do not know the flag yet refuse it without having done anything.
  if (bpf_l4_csum_replace(skb, at6(udp.check), 0, sum, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | kChecksumOfV6))
    bpf_l4_csum_replace(skb, at6(udp.check), 0, sum, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
  bpf_l4_csum_replace(skb, at6(udp.check), packet.udp.source, flow->from_port, BPF_F_MARK_MANGLED_0 | 2);
  bpf_l4_csum_replace(skb, at6(udp.check), packet.udp.dest, flow->to_port, BPF_F_MARK_MANGLED_0 | 2);
  __u16 ports[2] = {flow->from_port, flow->to_port};
  bpf_skb_store_bytes(skb, at6(udp), ports, sizeof ports, 0);

  __u8 addresses[32];
  __builtin_memcpy(addresses, flow->from, 16);
  __builtin_memcpy(addresses + 16, flow->to, 16);
  bpf_skb_store_bytes(skb, at6(source), addresses, sizeof addresses, 0);
  // The class lies across the first two octets; the flow label is kept.
  __u32 word = bpf_ntohl(packet.version_class_label);
  word = bpf_htonl((word & 0xf00fffff) | (__u32)flow->traffic_class << 20);
  bpf_skb_store_bytes(skb, ETH_HLEN, &word, sizeof word, BPF_F_RECOMPUTE_CSUM);
  __u8 hops = flow->interface == 0 ? packet.hops : packet.hops - 1;
  bpf_skb_store_bytes(skb, at6(hops), &hops, 1, BPF_F_RECOMPUTE_CSUM);
  return send(flow);
}

SEC("tc")
int warp_relay(struct __sk_buff* skb) {
  // A tagged packet comes again on its VLAN's own interface; one of several segments is the stack's to cut.
  if (skb->pkt_type != kToHost || skb->vlan_present || skb->gso_size) return TC_ACT_UNSPEC;
  if (skb->protocol == bpf_htons(ETH_P_IP)) return relay_v4(skb);
  if (skb->protocol == bpf_htons(ETH_P_IPV6)) return relay_v6(skb);
  return TC_ACT_UNSPEC;
}

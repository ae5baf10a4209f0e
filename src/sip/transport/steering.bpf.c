// Names the shard of a datagram, so that the kernel queues it on that shard's socket (SO_ATTACH_REUSEPORT_EBPF).
// It does what shard_of(find_call_id(datagram)) does for messages as they are usually written. It may be wrong
// for the rest (folded headers, a Call-ID behind kScanned octets): then the datagram is handed over in user
// space as it is without this program. So it only ever saves work.
//
// The context is the datagram without its UDP header; the result is an index into the group's sockets in the
// order in which they were bound. An index that does not exist makes the kernel fall back on its own hash.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define kScanned 1024
#define kChunk 256
#define kValue 64
#define kBlanks 8

const volatile __u32 shard_count = 1;

char licence[] SEC("license") = "GPL";

static const __u64 kNone = ~0ull;

// The compiler knows the bounds of `x` and drops checks that the kernel's verifier must see.
#define FORGET(x) asm volatile("" : "+r"(x))

// "\nCall-ID" and "\ni:" with bit 5 set, which makes letters lower case, '\n' a '*', and leaves '-' and ':'.
static const __u64 kLong = 0x2a63616c6c2d6964ull;
static const __u64 kCompact = 0x2a693aull;
static const __u64 kFold = 0x2020202020202020ull;

// Loads what there is of `size` octets from `at` on; what there is not reads as zero.
static __always_inline int load(struct __sk_buff* datagram, __u64 at, unsigned char* into, __u64 size) {
  __u64 length = size;
  if (at >= datagram->len) return -1;
  if (datagram->len - at < size) length = datagram->len - at;
  FORGET(length);
  if (length == 0 || length > size) return -1;
  return bpf_skb_load_bytes(datagram, at, into, length);
}

// Where the value of the Call-ID header begins, its colon included when the name was the long one.
static __always_inline __u64 find_value(struct __sk_buff* datagram, unsigned char* buffer) {
  __u64 window = 0;
  for (__u64 chunk = 0; chunk < kScanned / kChunk; ++chunk) {
    const __u64 at = chunk * kChunk;
    if (datagram->len - at < kChunk) __builtin_memset(buffer, 0, kChunk);
    if (load(datagram, at, buffer, kChunk) != 0) return kNone;
    for (__u64 i = 0; i < kChunk; ++i) {
      window = window << 8 | buffer[i];
      const __u64 folded = window | kFold;
      if (folded == kLong || (folded & 0xffffff) == kCompact) return at + i + 1;
    }
  }
  return kNone;
}

// The number in "w<number>-…", a Call-ID that we made; kNone for others.
static __always_inline __u64 named_shard(const unsigned char* value) {
  if (value[0] != 'w') return kNone;
  __u64 number = 0;
  for (int i = 1; i < 4; ++i) {
    if (value[i] == '-' && i > 1) return number;
    if (value[i] < '0' || value[i] > '9') return kNone;
    number = number * 10 + (value[i] - '0');
  }
  return value[4] == '-' ? number : kNone;
}

// stable_hash(): FNV-1a.
static __always_inline __u64 hash_of(const unsigned char* value) {
  __u64 hash = 0xcbf29ce484222325ull;
  for (int i = 0; i < kValue; ++i) {
    if (value[i] <= ' ') break;
    hash = (hash ^ value[i]) * 0x100000001b3ull;
  }
  return hash;
}

SEC("socket")
int shard_of_datagram(struct __sk_buff* datagram) {
  unsigned char buffer[kChunk] = {0};
  __u64 begin = find_value(datagram, buffer);
  if (begin == kNone) return shard_count;
  unsigned char value[kValue] = {0};
  if (load(datagram, begin, value, kBlanks) != 0) return shard_count;
  for (int i = 0; i < kBlanks; ++i) {
    if (value[i] != ' ' && value[i] != ':' && value[i] != '\t') break;
    ++begin;
  }
  if (load(datagram, begin, value, kValue) != 0) return shard_count;
  const __u64 named = named_shard(value);
  if (named < shard_count) return named;
  return hash_of(value) % shard_count;
}

"""Audio codecs apart from the daemon's own code: µ-law and A-law by Python, the others by the libraries themselves. 20 ms a
packet, 16-bit mono in and out; `measure` tells how much of what was heard is a given tone."""

import array
import audioop
import ctypes
import math

MS = 20


def tone(hertz, rate, seconds, amplitude=9000):
    return array.array("h", (int(amplitude * math.sin(2 * math.pi * hertz * n / rate))
                             for n in range(int(rate * seconds)))).tobytes()


def share(part, hertz, rate):
    """The share of the energy of samples (an array) at `hertz`, 0 to 1."""
    energy = sum(value * value for value in part)
    if energy < len(part) * 100:  # nobody hears 10 of 32768
        return 0.0
    turn = 2 * math.pi * hertz / rate
    real = sum(value * math.cos(turn * n) for n, value in enumerate(part))
    imaginary = sum(value * math.sin(turn * n) for n, value in enumerate(part))
    return 2 * (real * real + imaginary * imaginary) / len(part) / energy


def measure(pcm, hertz, rate):
    """The same over whole blocks of 100 ms; the middle one of them."""
    samples, block = array.array("h", pcm), rate // 10
    shares = [share(samples[start:start + block], hertz, rate) for start in range(0, len(samples) - block + 1, block)]
    return sorted(shares)[len(shares) // 2] if shares else 0.0


def level(pcm):
    """RMS of the samples."""
    return audioop.rms(pcm, 2) if pcm else 0


class Pcmu:
    name, rate, clock = "PCMU/8000", 8000, 8000

    def encode(self, pcm):
        return audioop.lin2ulaw(pcm, 2)

    def decode(self, payload):
        return audioop.ulaw2lin(payload, 2)


class Pcma(Pcmu):
    name = "PCMA/8000"

    def encode(self, pcm):
        return audioop.lin2alaw(pcm, 2)

    def decode(self, payload):
        return audioop.alaw2lin(payload, 2)


class L16(Pcmu):
    name, rate, clock = "L16/16000", 16000, 16000

    def encode(self, pcm):
        return audioop.byteswap(pcm, 2)

    decode = encode


class G722:
    name, rate, clock = "G722/8000", 16000, 8000

    def __init__(self):
        self.library = ctypes.CDLL("libspandsp.so.2")
        self.library.g722_encode_init.restype = self.library.g722_decode_init.restype = ctypes.c_void_p
        self.encoder = ctypes.c_void_p(self.library.g722_encode_init(None, 64000, 0))
        self.decoder = ctypes.c_void_p(self.library.g722_decode_init(None, 64000, 0))

    def encode(self, pcm):
        out = ctypes.create_string_buffer(len(pcm))
        size = self.library.g722_encode(self.encoder, out, pcm, len(pcm) // 2)
        return out.raw[:size]

    def decode(self, payload):
        out = ctypes.create_string_buffer(len(payload) * 4)
        made = self.library.g722_decode(self.decoder, out, payload, len(payload))
        return out.raw[:2 * made]


class Opus:
    name, rate, clock = "opus/48000/2", 48000, 48000

    def __init__(self):
        self.library, error = ctypes.CDLL("libopus.so.0"), ctypes.c_int()
        self.library.opus_encoder_create.restype = self.library.opus_decoder_create.restype = ctypes.c_void_p
        self.encoder = ctypes.c_void_p(self.library.opus_encoder_create(48000, 1, 2048, ctypes.byref(error)))
        self.decoder = ctypes.c_void_p(self.library.opus_decoder_create(48000, 1, ctypes.byref(error)))

    def encode(self, pcm):
        out = ctypes.create_string_buffer(1500)
        size = self.library.opus_encode(self.encoder, pcm, len(pcm) // 2, out, len(out))
        return out.raw[:size]

    def decode(self, payload):
        out = ctypes.create_string_buffer(2 * 5760)
        made = self.library.opus_decode(self.decoder, payload, len(payload), out, 5760, 0)
        assert made >= 0, f"opus refuses it: {made}"
        return out.raw[:2 * made]


class G729:
    name, rate, clock = "G729/8000", 8000, 8000

    def __init__(self):
        self.library = ctypes.CDLL("libbcg729.so.0")
        self.library.initBcg729EncoderChannel.restype = ctypes.c_void_p
        self.library.initBcg729DecoderChannel.restype = ctypes.c_void_p
        self.encoder = ctypes.c_void_p(self.library.initBcg729EncoderChannel(0))
        self.decoder = ctypes.c_void_p(self.library.initBcg729DecoderChannel())

    def encode(self, pcm):
        made = b""
        for start in range(0, len(pcm), 160):
            out, size = ctypes.create_string_buffer(10), ctypes.c_uint8()
            self.library.bcg729Encoder(self.encoder, pcm[start:start + 160], out, ctypes.byref(size))
            made += out.raw[:size.value]
        return made

    def decode(self, payload):
        made = b""
        for start in range(0, len(payload), 10):
            frame, out = payload[start:start + 10], ctypes.create_string_buffer(160)
            self.library.bcg729Decoder(self.decoder, frame, len(frame), 0, int(len(frame) == 2), 0, out)
            made += out.raw
        return made


class Amr:
    """Octet-aligned (RFC 4867), 12.2 kbit/s."""
    name, rate, clock, fmtp = "AMR/8000", 8000, 8000, "octet-align=1"
    SIZES = {0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5}

    def __init__(self):
        self.library = ctypes.CDLL("libopencore-amrnb.so.0")
        self.library.Encoder_Interface_init.restype = self.library.Decoder_Interface_init.restype = ctypes.c_void_p
        self.encoder = ctypes.c_void_p(self.library.Encoder_Interface_init(0))
        self.decoder = ctypes.c_void_p(self.library.Decoder_Interface_init())

    def encode(self, pcm):
        out = ctypes.create_string_buffer(64)
        size = self.library.Encoder_Interface_Encode(self.encoder, 7, pcm, out, 0)
        return b"\xf0" + out.raw[:1] + out.raw[1:size]

    def decode(self, payload):
        made, place, heads = b"", 1, []
        while True:
            heads.append(payload[place])
            place += 1
            if not heads[-1] & 0x80:
                break
        for head in heads:
            size = self.SIZES.get(head >> 3 & 15, 0)
            out = ctypes.create_string_buffer(320)
            self.library.Decoder_Interface_Decode(self.decoder, bytes([head & 0x7F]) + payload[place:place + size], out, 0)
            made, place = made + out.raw, place + size
        return made


ALL = {kind.name.split("/")[0].upper(): kind for kind in (Pcmu, Pcma, L16, G722, Opus, G729, Amr)}


def named(rtpmap):
    return ALL[rtpmap.split("/")[0].upper()]()

"""The house as a table: which room stands on which floor, and which arrows between rooms of one floor are allowed.

A file includes only from its own room, from a floor below, or along one of the SIDEWAYS arrows. This is the only
place where the floors are written down for the machine; docs/architecture.md draws the same picture for people.
"""

FLOORS = {
    "base": 0,
    "sip/message": 1, "sdp": 1, "rtp": 1, "smpp/pdu": 1, "mm4": 1, "hep": 1, "stir": 1,
    "srtp": 1, "stun": 1, "siprec": 1, "audio": 1, "fax": 1,
    "domain": 2, "net": 2, "pg": 2, "redis": 2, "http": 2, "smtp": 2,
    "sip/transport": 3, "sip/transaction": 3, "sip/dialog": 3, "sip/auth": 3, "media": 3, "recording": 3, "smpp/session": 3,
    "routing": 3, "rating": 3, "numbering": 3, "billing": 3, "store": 3,
    "identity": 3, "live": 3, "porting": 3,
    "api": 4, "calls": 4, "messaging": 4, "registrar": 4, "charging": 4, "records": 4, "integrations": 4, "webhooks": 4,
    "app": 5, "ctl": 5,
}

SIDEWAYS = {
    ("net", "domain"), ("smtp", "domain"),  # address values
    ("pg", "net"), ("redis", "net"), ("http", "net"), ("smtp", "net"),
    ("sip/transaction", "sip/transport"),
    ("sip/dialog", "sip/transaction"), ("sip/dialog", "sip/transport"),
    ("routing", "rating"),
    ("numbering", "rating"), ("billing", "rating"),
    ("store", "billing"),  # an invoice is read, composed and booked in one transaction
}

# Outside headers that a room may not see, because of what its floor promises.
CODEC_BANS = (
    "boost/asio", "boost/beast", "sys/socket.h", "sys/epoll.h", "thread", "mutex", "condition_variable", "spdlog/",
    "libpq-fe.h", "warp/base/log.h", "warp/base/metrics.h",
)
VALUE_BANS = ("boost/asio", "boost/beast", "sys/socket.h", "sys/epoll.h", "spdlog/", "libpq-fe.h", "hiredis/")
BANS = {
    **{room: CODEC_BANS for room, floor in FLOORS.items() if floor == 1},
    "domain": VALUE_BANS, "rating": VALUE_BANS, "routing": VALUE_BANS,
    "numbering": VALUE_BANS, "billing": VALUE_BANS, "porting": VALUE_BANS,
}


def allowed(source, target):
    """May a file of room `source` include a header of room `target`?"""
    if source == target:
        return True
    return FLOORS[target] < FLOORS[source] or (source, target) in SIDEWAYS

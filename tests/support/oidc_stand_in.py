#!/usr/bin/env python3
"""A stand-in for OpenID Connect providers: discovery, a set of keys that rotates, and tokens of the shapes that Auth0, Keycloak
and Google document. Needs python3-cryptography.

By hand:

    python3 tests/support/oidc_stand_in.py --port 8920 --customer acme
    # prints a token of each shape and what to write into warp.yaml
"""

import argparse
import base64
import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from stand_in_web import Web, run, send

AUDIENCE = "https://api.warp.example"
SHAPES = ("auth0", "keycloak", "google")


def _b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(value):
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, kid):
        self.kid, self.private = kid, rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self):
        public = self.private.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": _number(public.n), "e": _number(public.e)}

    def sign(self, claims, header=None):
        head = {"alg": "RS256", "typ": "JWT", "kid": self.kid, **(header or {})}
        text = ".".join(_b64(json.dumps(part).encode()) for part in (head, claims))
        return text + "." + _b64(self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))


class StandIn:
    """`published` are the keys that the world sees, `signing` is the one that tokens are made with; `here` = False: away."""

    def __init__(self, port=0):
        self._made = 0
        self.signing = self.make_key()
        self.published, self.here, self.asked = [self.signing], True, 0
        self._web = Web(self._serve, port)
        self.url, self.stop = self._web.url, self._web.stop

    def _serve(self, handler):
        shape, _, rest = handler.path.strip("/").partition("/")
        answer = None
        if shape in SHAPES and self.here:
            self.asked += 1
            if rest == ".well-known/openid-configuration":
                answer = {"issuer": self.issuer(shape), "jwks_uri": self.issuer(shape) + "/keys"}
            elif rest == "keys":
                answer = {"keys": [key.jwk() for key in self.published]}
        send(handler, 200 if answer else 503, answer or {"error": "not here"})

    def make_key(self):
        self._made += 1
        return Key(f"key-{self._made}")

    def issuer(self, shape):
        return f"{self.url}/{shape}"

    def _claims(self, shape, audience, life):
        now = int(time.time())
        return {"iss": self.issuer(shape), "aud": audience, "iat": now, "exp": now + life}

    def auth0(self, customer, roles=(), permissions=(), life=600, key=None):
        claims = self._claims("auth0", [AUDIENCE, f"{self.issuer('auth0')}/userinfo"], life)
        claims |= {"sub": "auth0|507f1f77bcf86cd799439020", "azp": "my_client_id", "scope": "openid profile",
                   "permissions": list(permissions), "https://warp.example/roles": list(roles)}
        if customer is not None:
            claims["https://warp.example/customer"] = customer
        return (key or self.signing).sign(claims)

    def keycloak(self, customer, roles=(), life=600, mfa=False):
        claims = self._claims("keycloak", "account", life)
        claims |= {"sub": "f:0f1e:jane", "typ": "Bearer", "azp": "warp", "acr": "1", "realm_access": {"roles": list(roles)},
                   "resource_access": {"account": {"roles": ["manage-account"]}}, "scope": "profile email",
                   "warp": {"customer_id": customer}, "preferred_username": "jane", "email": "jane@example.com",
                   "auth_time": claims["iat"], "amr": ["pwd", "otp"] if mfa else ["pwd"]}
        return self.signing.sign(claims)

    def google(self, domain, life=600):
        claims = self._claims("google", "123.apps.googleusercontent.com", life)
        claims |= {"sub": "110169484474386276334", "azp": claims["aud"], "hd": domain, "email": f"jane@{domain}",
                   "email_verified": True}
        return self.signing.sign(claims)

    def providers(self):
        """identity.oidc.providers for these three."""
        return [
            {"issuer": self.issuer("auth0"), "audience": AUDIENCE, "customer_claim": "https://warp.example/customer",
             "role_claim": "https://warp.example/roles", "scope_claim": "permissions",
             "roles": {"Telecom Admin": "customer_admin", "Viewer": "read_only"}, "allow_http": True},
            {"issuer": self.issuer("keycloak"), "audience": "account", "customer_claim": "warp.customer_id",
             "role_claim": "realm_access.roles", "roles": {"warp-admin": "customer_admin", "warp-viewer": "read_only"},
             "allow_http": True},
            {"issuer": self.issuer("google"), "audience": "123.apps.googleusercontent.com", "role_claim": "hd",
             "roles": {"operator.example": "noc"}, "operators": True, "allow_http": True},
        ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8920)
    parser.add_argument("--customer", default="acme")
    arguments = parser.parse_args()
    stand_in = StandIn(arguments.port)
    print("identity:", json.dumps({"oidc": {"providers": stand_in.providers()}}, indent=2))
    print("auth0:", stand_in.auth0(arguments.customer, ["Viewer"], life=86400))
    print("keycloak:", stand_in.keycloak(arguments.customer, ["warp-viewer"], life=86400), flush=True)
    run(stand_in)


if __name__ == "__main__":
    main()

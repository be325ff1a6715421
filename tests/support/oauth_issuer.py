"""An OAuth issuer on loopback: a JWK Set and introspection over HTTP, and keys to sign tokens with."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from typing_extensions import override

NOW = 1_800_000_000.0
CLAIMS = {
    "iss": "https://login.home.example",
    "aud": "mail.home.example",
    "exp": NOW + 600,
    "email": "al@home.example",
    "scope": "openid mail",
}

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()

PUBLIC: list[dict[str, Any]] = [
    {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
    {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "ec", "alg": "ES256"},
    {**OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True), "kid": "ed"},
]


def token(key: Any = RSA, kid: str | None = "rsa", algorithm: str = "RS256", **claims: Any) -> str:
    """A token; a claim that is None is left out."""
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(said, key, algorithm, headers={} if kid is None else {"kid": kid})


@dataclass
class Issuer:
    """What it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    keys: object = field(default_factory=lambda: {"keys": list(PUBLIC)})
    known: dict[str, object] = field(default_factory=dict)
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)
    authorization: str = ""


@contextmanager
def issuer() -> Iterator[Issuer]:
    """Runs one."""
    state = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(state.keys)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            state.authorization = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
            self._answer(state.known.get(form["token"][0], {"active": False}))

        def _answer(self, document: object) -> None:
            state.asked.append(f"{self.command} {self.path}")
            body = json.dumps(document).encode() if state.body is None else state.body
            self.send_response(state.status)
            if state.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

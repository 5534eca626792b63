"""A hospital in miniature: SMART App Launch by hand before a real FHIR server, so that a browser can sign in.

https://hl7.org/fhir/smart-app-launch/app-launch.html. It signs everybody in as one clinician with one patient open,
except at an EHR launch: its ``launch`` names the clinician and the patient, see :func:`launched`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.sekmet_server import TOKEN

CLIENT_ID = "r1"


def launched(suite: str, fhir: str, *, clinician: str, name: str, patient: str) -> str:
    """The address by which the hospital system opens the suite for a clinician with a patient, or none ("")."""
    return f"{suite}/smart/launch?{urlencode({'iss': fhir, 'launch': '|'.join((clinician, name, patient))})}"


@contextmanager
def smart_hospital(fhir: str, *, clinician: str, name: str, patient: str) -> Iterator[str]:
    """Base URL of a FHIR server that hands everything on to ``fhir``, and offers sign-in.

    Args:
        fhir: base URL of the real server.
        clinician: ``Practitioner/id`` who signs in.
        name: the clinician's.
        patient: id of the patient who is open.
    """
    key = ECKey.generate_key("P-256", {"kid": "k", "alg": "ES256", "use": "sig"})
    pending: dict[str, dict[str, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            asked = {field: values[0] for field, values in query.items()}
            if path == "/fhir/.well-known/smart-configuration":
                self.send_json(
                    {
                        "issuer": root,
                        "jwks_uri": f"{root}/jwks",
                        "authorization_endpoint": f"{root}/authorize",
                        "token_endpoint": f"{root}/token",
                        "code_challenge_methods_supported": ["S256"],
                    }
                )
            elif path == "/jwks":
                self.send_json({"keys": [key.as_dict(private=False)]})
            elif path == "/authorize":
                code = secrets.token_urlsafe(8)
                pending[code] = asked
                self.send_response(302)
                self.send_header(
                    "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
                )
                self.end_headers()
            else:
                self.hand_on()

        def do_POST(self) -> None:
            if urlsplit(self.path).path == "/token":
                self.send_json(self.token())
            else:
                self.hand_on()

        do_PUT = do_POST

        def token(self) -> dict[str, Any]:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {field: values[0] for field, values in parse_qs(body).items()}
            asked = pending.pop(form["code"])
            verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == asked["code_challenge"]
            user, called, seen = asked["launch"].split("|") if "launch" in asked else (clinician, name, patient)
            now = int(time.time())
            claims = {
                "iss": root,
                "aud": CLIENT_ID,
                "sub": user,
                "iat": now,
                "exp": now + 600,
                "nonce": asked["nonce"],
                "fhirUser": f"{root}/fhir/{user}",
                "name": called,
            }
            return {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": "openid fhirUser user/*.cruds",
                "patient": seen,
                "id_token": jwt.encode({"alg": "ES256", "kid": "k"}, claims, key),
            }

        def hand_on(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            kept = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "accept-encoding", "connection")}
            url = fhir.removesuffix("/fhir") + self.path
            answer = httpx.request(self.command, url, headers=kept, content=self.rfile.read(length), timeout=60)
            self.send_response(answer.status_code)
            for field in ("Content-Type", "ETag", "Location"):
                if field in answer.headers:
                    self.send_header(field, answer.headers[field].replace(fhir, f"{root}/fhir"))
            body = answer.text.replace(fhir, f"{root}/fhir").encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_json(self, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    root = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{root}/fhir"
    finally:
        server.shutdown()
        server.server_close()

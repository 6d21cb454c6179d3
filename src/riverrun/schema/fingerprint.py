"""The canonical form of an Avro schema and its fingerprints (CRC-64-AVRO, MD5, SHA-256)."""

from __future__ import annotations

import base64
from typing import Any

import fastavro.schema


def canonical_form(schema: Any) -> str:
    """The parsing canonical form of a schema (JSON): equal for schemas that read and write the same bytes."""
    return str(fastavro.schema.to_parsing_canonical_form(schema))


def fingerprint(schema: Any, algorithm: str = "CRC-64-AVRO") -> str:
    """In lower-case hex. `algorithm`: CRC-64-AVRO, MD5, SHA-256."""
    return str(fastavro.schema.fingerprint(canonical_form(schema), algorithm))


def pubsub_fingerprint(schema: Any) -> str:
    """Divolte's `schemaFingerprint` attribute: SHA-256 in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(fingerprint(schema, "SHA-256"))).rstrip(b"=").decode()

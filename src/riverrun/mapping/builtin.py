"""The schema and mapping that are used when none is configured: Divolte's default event record."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from riverrun.mapping.nodes import Script


def _optional(name: str, avro_type: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", avro_type], "default": None}


_AGENT = ("Name", "Family", "Vendor", "Type", "Version", "DeviceCategory", "OsFamily", "OsVersion", "OsVendor")
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "DefaultEventRecord",
    "namespace": "io.divolte.record",
    "fields": [
        {"name": "detectedDuplicate", "type": "boolean"},
        {"name": "detectedCorruption", "type": "boolean"},
        {"name": "firstInSession", "type": "boolean"},
        {"name": "timestamp", "type": "long"},
        {"name": "clientTimestamp", "type": "long"},
        {"name": "remoteHost", "type": "string"},
        _optional("referer", "string"),
        _optional("location", "string"),
        _optional("viewportPixelWidth", "int"),
        _optional("viewportPixelHeight", "int"),
        _optional("screenPixelWidth", "int"),
        _optional("screenPixelHeight", "int"),
        _optional("partyId", "string"),
        _optional("sessionId", "string"),
        _optional("pageViewId", "string"),
        {"name": "eventType", "type": "string", "default": "unknown"},
        _optional("userAgentString", "string"),
        *(_optional(f"userAgent{member}", "string") for member in _AGENT),
    ],
}

SCRIPT = """\
mapping {
    map duplicate() onto 'detectedDuplicate'
    map corrupt() onto 'detectedCorruption'
    map firstInSession() onto 'firstInSession'
    map timestamp() onto 'timestamp'
    map clientTimestamp() onto 'clientTimestamp'
    map remoteHost() onto 'remoteHost'
    map referer() onto 'referer'
    map location() onto 'location'
    map viewportPixelWidth() onto 'viewportPixelWidth'
    map viewportPixelHeight() onto 'viewportPixelHeight'
    map screenPixelWidth() onto 'screenPixelWidth'
    map screenPixelHeight() onto 'screenPixelHeight'
    map partyId() onto 'partyId'
    map sessionId() onto 'sessionId'
    map pageViewId() onto 'pageViewId'
    map eventType() onto 'eventType'
    map userAgentString() onto 'userAgentString'

    def agent = userAgent()
    map agent.name() onto 'userAgentName'
    map agent.family() onto 'userAgentFamily'
    map agent.vendor() onto 'userAgentVendor'
    map agent.type() onto 'userAgentType'
    map agent.version() onto 'userAgentVersion'
    map agent.deviceCategory() onto 'userAgentDeviceCategory'
    map agent.osFamily() onto 'userAgentOsFamily'
    map agent.osVersion() onto 'userAgentOsVersion'
    map agent.osVendor() onto 'userAgentOsVendor'
}
"""


@lru_cache(maxsize=1)
def builtin_script() -> Script:
    from riverrun.mapping.groovy.front import read_groovy

    return read_groovy(SCRIPT, "built-in mapping.groovy")

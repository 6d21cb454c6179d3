"""The configuration as frozen values: global, sources, mappings, sinks, pipelines.

global, sources, mappings and sinks have Divolte's keys with Divolte's meanings and defaults; what riverrun adds stands
beside them. docs/configuration.md describes every key (a test compares the two).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from riverrun.config.values import Properties, duration, secret, size

Duration = Annotated[int, duration]  # milliseconds
Delay = Annotated[int, duration, Meta(gt=0)]  # milliseconds, not zero
Size = Annotated[int, size, Meta(gt=0)]  # bytes
Count = Annotated[int, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]
CookieName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
TopicName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")]

KIB, MIB = 2**10, 2**20
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


# --- global ----------------------------------------------------------------------------------------------------------


class Server(msgspec.Struct, frozen=True, kw_only=True):
    host: str | None = None  # None: loopback only
    port: Port = 8290
    use_x_forwarded_for: bool = False
    serve_static_resources: bool = True
    debug_requests: bool = False
    shutdown_delay: Duration = 0
    shutdown_timeout: Duration = 2 * MINUTE
    trusted_proxies: tuple[str, ...] = ()
    workers: Count = 1


class Collect(msgspec.Struct, frozen=True, kw_only=True):
    ack: Literal["disk", "memory"] = "disk"
    topic: TopicName = "events"
    rejected_topic: TopicName = "events.rejected"
    rejected_retention_bytes: Size = 64 * MIB
    linger: Duration = 1
    max_backlog: Size = 64 * MIB
    retry_after: Delay = 5 * SECOND


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    request_line: Size = 64 * KIB
    header_bytes: Size = 64 * KIB
    headers: Count = 100
    nesting: Count = 64
    batch_events: Count = 1000
    header_timeout: Delay = 10 * SECOND
    body_timeout: Delay = 30 * SECOND
    idle_timeout: Delay = MINUTE
    connections: Count = 10_000


class Topics(msgspec.Struct, frozen=True, kw_only=True):
    segment: Size = 128 * MIB
    segment_age: Delay = HOUR
    retention: Delay | None = None  # None: for ever
    retention_bytes: Size | None = None  # a partition
    min_free_bytes: Annotated[int, size, Meta(ge=0)] = 64 * MIB


class Privacy(msgspec.Struct, frozen=True, kw_only=True):
    gpc: Literal["ignore", "anonymise", "drop"] = "ignore"
    dnt: Literal["ignore", "anonymise", "drop"] = "ignore"
    cookieless: bool = False
    ipv4_bits: Annotated[int, Meta(ge=0, le=32)] = 32
    ipv6_bits: Annotated[int, Meta(ge=0, le=128)] = 128
    excluded_headers: tuple[str, ...] = ("authorization", "proxy-authorization", "x-write-key")
    cookies: tuple[str, ...] = ("*",)
    consent_required: tuple[str, ...] = ()
    without_consent: Literal["anonymise", "drop"] = "drop"


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 0  # 0: a free one, printed at start


class Serve(msgspec.Struct, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: Port = 8291


class UserAgentParser(msgspec.Struct, frozen=True, kw_only=True):
    type: Literal["non_updating", "online_updating", "caching_and_updating"] = "non_updating"
    cache_size: Count = 1000


class Mapper(msgspec.Struct, frozen=True, kw_only=True):
    buffer_size: Count = 1_048_576
    threads: Count = 1
    duplicate_memory_size: Count = 1_000_000
    user_agent_parser: UserAgentParser = UserAgentParser()
    ip2geo_database: tuple[Path, ...] = ()  # what an earlier one knows wins


class Hdfs(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = True
    threads: Count = 2
    buffer_size: Count = 1_048_576
    client: Properties | None = None


class Gcs(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    threads: Count = 1
    buffer_size: Count = 1_048_576


KAFKA_PRODUCER = Properties(
    {
        "bootstrap.servers": "localhost:9092",
        "client.id": "divolte.collector",
        "acks": "1",
        "retries": "0",
        "compression.type": "lz4",
        "max.in.flight.requests.per.connection": "1",
    }
)


class Kafka(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    threads: Count = 2
    buffer_size: Count = 1_048_576
    producer: Properties = KAFKA_PRODUCER


class Gcps(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    threads: Count = 2
    buffer_size: Count = 1_048_576
    project_id: str | None = None


class Global(msgspec.Struct, frozen=True, kw_only=True):
    server: Server = Server()
    collect: Collect = Collect()
    limits: Limits = Limits()
    privacy: Privacy = Privacy()
    admin: Admin = Admin()
    serve: Serve = Serve()
    topics: Topics = Topics()
    mapper: Mapper = Mapper()
    hdfs: Hdfs = Hdfs()
    gcs: Gcs = Gcs()
    kafka: Kafka = Kafka()
    gcps: Gcps = Gcps()


# --- sources ---------------------------------------------------------------------------------------------------------


TrackWord = Literal[
    "singlePage", "eventAttributes", "outboundLink", "download", "formSubmit", "scrollDepth", "engagedTime",
    "elementVisible", "webVitals",
]  # fmt: skip


class JavaScript(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\.js$")] = "divolte.js"
    logging: bool = False
    debug: bool = False
    auto_page_view_event: bool = True
    event_timeout: Duration = 750
    # riverrun's additions: docs/tag.md
    global_name: Annotated[str, Meta(pattern=r"^[A-Za-z_$][A-Za-z0-9_$]*$")] = "divolte"
    track: tuple[TrackWord, ...] = ()
    consent: Literal["none", "gate", "queue", "cookieless"] = "none"
    transport: Literal["auto", "image"] = "auto"


class Cors(msgspec.Struct, frozen=True, kw_only=True):
    allow_origins: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: Duration = HOUR


class BrowserCors(Cors, frozen=True, kw_only=True):
    allow_origins: tuple[str, ...] = ("*",)


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    per_second: Annotated[float, Meta(ge=0)] = 0.0  # events of one address; 0: no limit
    burst: Count = 100


class ServerCookie(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    name: CookieName = "_dvps"
    secure: bool = True
    same_site: Literal["Strict", "Lax", "None"] = "Lax"


class BrowserSource(msgspec.Struct, frozen=True, kw_only=True, tag="browser", tag_field="type"):
    prefix: str = "/"
    event_suffix: str = "csc-event"
    cookie_domain: str | None = None
    party_cookie: CookieName = "_dvp"
    party_timeout: Duration = 730 * DAY
    session_cookie: CookieName = "_dvs"
    session_timeout: Duration = 30 * MINUTE
    http_response_delay: Duration = 0
    javascript: JavaScript = JavaScript()
    maximum_batch_size: Size = MIB
    server_cookie: ServerCookie = ServerCookie()
    cors: BrowserCors = BrowserCors()
    write_key: Annotated[str, secret] | None = None
    rate_limit: RateLimit = RateLimit()

    @property
    def base(self) -> str:
        """The prefix with its final slash."""
        return self.prefix if self.prefix.endswith("/") else self.prefix + "/"

    @property
    def event_path(self) -> str:
        return self.base + self.event_suffix

    @property
    def batch_path(self) -> str:
        return self.event_path + "/batch"

    @property
    def script_path(self) -> str:
        return self.base + self.javascript.name


class JsonSource(msgspec.Struct, frozen=True, kw_only=True, tag="json", tag_field="type"):
    event_path: str = "/"
    party_id_parameter: str = "p"
    maximum_body_size: Size = 4096
    maximum_batch_size: Size = MIB
    cors: Cors = Cors()
    write_key: Annotated[str, secret] | None = None
    rate_limit: RateLimit = RateLimit()


Source = BrowserSource | JsonSource


# --- mappings --------------------------------------------------------------------------------------------------------


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    sources: tuple[str, ...]
    sinks: tuple[str, ...]
    schema_file: Path | None = None  # None: Divolte's built-in record
    mapping_script_file: Path | None = None  # .groovy (Divolte's language) or .py; None: the built-in mapping
    confluent_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    discard_corrupted: bool = False
    discard_duplicates: bool = False
    dead_letter: TopicName | None = None  # None: <name of the mapping>.rejected
    event_types: tuple[str, ...] = ()  # only events of these types, or all but those written !type; empty: all
    event_time: Literal["server", "client"] = "server"  # the timestamp of the records' entries
    client_clock_tolerance: Duration = 5 * MINUTE  # a client's clock that is off by more is not believed
    short_digest_keys: bool = False  # seeded digests as Divolte made them


# --- sinks -----------------------------------------------------------------------------------------------------------


class FileStrategy(msgspec.Struct, frozen=True, kw_only=True):
    roll_every: Delay = HOUR
    sync_file_after_records: Count = 1000
    sync_file_after_duration: Delay = 30 * SECOND
    working_dir: Path = Path("/tmp")
    publish_dir: Path = Path("/tmp")


class GcsRetry(msgspec.Struct, frozen=True, kw_only=True):
    max_attempts: Annotated[int, Meta(ge=0)] = 0  # 0: no limit
    total_timeout: Duration = 10 * MINUTE
    initial_retry_delay: Duration = SECOND
    retry_delay_multiplier: Annotated[float, Meta(ge=1)] = 2.0
    max_retry_delay: Duration = 64 * SECOND
    jitter_factor: Annotated[float, Meta(ge=0, le=1)] | None = None
    jitter_delay: Duration | None = None  # 1 second when neither is given


class GcpsRetry(msgspec.Struct, frozen=True, kw_only=True):
    max_attempts: Annotated[int, Meta(ge=0)] = 0
    total_timeout: Duration = 10 * SECOND
    initial_retry_delay: Duration = 5
    retry_delay_multiplier: Annotated[float, Meta(ge=1)] = 2.0
    max_retry_delay: Duration = MINUTE
    initial_rpc_timeout: Duration = 15 * SECOND
    rpc_timeout_multiplier: Annotated[float, Meta(ge=1)] = 2.0
    max_rpc_timeout: Duration | None = None  # None: as initial_rpc_timeout


class Batching(msgspec.Struct, frozen=True, kw_only=True):
    element_count_threshold: Count = 100
    request_bytes_threshold: Count = 1000
    delay_threshold: Delay = 1


class TopicSink(msgspec.Struct, frozen=True, kw_only=True, tag="topic", tag_field="type"):
    topic: TopicName | None = None  # None: the name of the sink
    retention: Delay | None = None  # None: as global.topics
    retention_bytes: Size | None = None


class HdfsSink(msgspec.Struct, frozen=True, kw_only=True, tag="hdfs", tag_field="type"):
    replication: Count = 3
    file_strategy: FileStrategy = FileStrategy()


class GcsSink(msgspec.Struct, frozen=True, kw_only=True, tag="gcs", tag_field="type"):
    bucket: str
    file_strategy: FileStrategy = FileStrategy()
    retry_settings: GcsRetry = GcsRetry()


class KafkaSink(msgspec.Struct, frozen=True, kw_only=True, tag="kafka", tag_field="type"):
    topic: TopicName = "divolte"
    mode: Literal["naked", "confluent"] = "naked"


class GcpsSink(msgspec.Struct, frozen=True, kw_only=True, tag="gcps", tag_field="type"):
    topic: str = "divolte"
    retry_settings: GcpsRetry = GcpsRetry()
    batching_settings: Batching = Batching()


Sink = TopicSink | HdfsSink | GcsSink | KafkaSink | GcpsSink


# --- pipelines -------------------------------------------------------------------------------------------------------


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    sql: tuple[Path, ...]  # run in this order, as one job
    enabled: bool = True
    options: Properties = Properties()  # as SET 'name' = 'value' would


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a riverrun installation does."""

    global_: Global = msgspec.field(default=Global(), name="global")
    sources: dict[str, Source] = {}
    mappings: dict[str, Mapping] = {}
    sinks: dict[str, Sink] = {}
    pipelines: dict[str, Pipeline] = {}

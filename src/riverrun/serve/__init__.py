"""The live pages: read-only views of topics, results and the ledger, as HTML, JSON and server-sent events."""

//! What the API and the worker both need: configuration, ledger, queue, vault, links.

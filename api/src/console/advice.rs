//! What to do about an export that failed, by the code of its reason.

/// What an operator does next; every code has one.
pub(crate) fn about(code: &str) -> &'static str {
    match code {
        "tenant_not_found" => {
            "Compare the tenant's key with the product's own database, and ask for the export with the right one."
        }
        "subject_not_found" => {
            "Compare the person's kind and key with the product's own database, and ask for the export with the right ones."
        }
        "catalog_refused" => {
            "Somebody changed the schema, or a question in the catalog is open. Decide what the message names in the catalog, then retry."
        }
        "catalog_unreadable" => {
            "Mend the catalog's file on the worker: `handover catalog check` says what is wrong with it. Then retry."
        }
        "source_refused" => {
            "Look at the source's address, user and rights: `handover doctor` on the worker names what is missing. Then retry."
        }
        "source_unavailable" | "source_stalled" => {
            "See that the source runs, is reached from the worker, and that a worker serves it. Then retry."
        }
        "foreign_row" => {
            "A row of somebody else came up, and nothing was delivered. Correct the catalog's rule for this table before anything else; `handover catalog check --data` finds such rows."
        }
        "schema_changed" => "The schema was changed while it was read. Retry when the migration is over.",
        "incomplete" => {
            "What was counted and what was read differ. Retry; if it happens again, look at what writes to the table without transactions."
        }
        "too_large" => {
            "It holds more than the source's ceiling allows. Raise HANDOVER_SOURCES__…__MAX_ROWS or MAX_BYTES if that is meant, then retry."
        }
        "vault_unavailable" | "vault_stalled" => {
            "See that the vault is reached from the worker and has room. Then retry."
        }
        "vault_refused" => {
            "Look at the vault's bucket, credentials and policy: `handover doctor` names what is missing. Then retry."
        }
        "keyring_unavailable" | "keyring_refused" => {
            "See that the worker reaches the key service and may use the key: `handover doctor` tells. Then retry."
        }
        "recipients_changed" => "The keys of the tenant changed while its archive was made. Retry.",
        "recipient_unusable" => "Remove the recipient whose key cannot be read, or add it anew. Then retry.",
        "ledger_unavailable" => "The ledger was away for too long. Retry now that it answers.",
        "worker_lost" => "Workers died while they ran it. Look at the worker's memory limit and log, then retry.",
        "worker_disk" => "The worker could not write its temporary files. Give it room, then retry.",
        "signing_key" => "The key that signs archives cannot be used. Look at HANDOVER_SIGNING__KEY_FILE, then retry.",
        "mail" => "Look at the mail settings of the worker, then retry.",
        _ => "Look into the worker's log under the number of the export, then retry.",
    }
}

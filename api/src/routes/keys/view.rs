//! A key as it is shown: everything but its secret.

use crate::words;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::ledger::keys::{ApiKey, KeyScope, Role};
use utoipa::ToSchema;
use uuid::Uuid;

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView {
    /// Its number.
    id: Uuid,
    /// What people call it.
    name: String,
    /// The start of its text, to recognise it by.
    #[schema(example = "hk_k2v7c4qa")]
    prefix: String,
    /// What it may do, by name.
    #[schema(schema_with = words::role_or_null, required = true)]
    role: Option<Role>,
    /// What it may do besides.
    #[schema(schema_with = words::key_scopes)]
    scopes: Vec<KeyScope>,
    /// The only source it may use.
    #[schema(required = true)]
    source: Option<String>,
    /// The only tenant it may use.
    #[schema(required = true)]
    tenant: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// From when on it is refused; null if never.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[schema(required = true)]
    revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    #[schema(required = true)]
    last_used_at: Option<DateTime<Utc>>,
}

/// A new key with its text.
#[derive(Serialize, ToSchema)]
#[schema(as = NewKey)]
pub(crate) struct NewKeyView<'a> {
    /// What the key is.
    pub(super) key: KeyView,
    /// The whole key, to be sent as `Authorization: Bearer`. It is shown only here: the ledger keeps no more than its hash.
    pub(super) secret: &'a str,
}

/// One page of keys.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The keys, newest first.
    #[schema(max_items = 100)]
    pub(super) items: Vec<KeyView>,
    /// Send it as `cursor` for the next page; null on the last one.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            role: key.role,
            scopes: key.scopes.0,
            source: key.source,
            tenant: key.tenant,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

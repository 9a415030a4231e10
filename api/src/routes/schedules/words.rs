//! The schemas of a schedule's words, for the OpenAPI document.

use crate::words::or_null;
use utoipa::openapi::{Array, ArrayBuilder, ObjectBuilder, OneOfBuilder, Ref, Schema, schema::Type};

macro_rules! word {
    ($(#[$meta:meta])* $function:ident: $word:ident) => {
        $(#[$meta])*
        pub(super) fn $function() -> Ref {
            Ref::from_schema_name(stringify!($word))
        }
    };
}

word! {
    /// Refers to `Layout`.
    layout: Layout
}
word! {
    /// Refers to `Compression`.
    compression: Compression
}
word! {
    /// Refers to `RunKind`.
    run_kind: RunKind
}
word! {
    /// Refers to `RunState`.
    run_state: RunState
}

/// Refers to `Compression`, or is null.
pub(super) fn compression_or_null() -> Schema {
    or_null("Compression")
}

/// Refers to `PauseReason`, or is null.
pub(super) fn pause_reason_or_null() -> Schema {
    or_null("PauseReason")
}

/// `shared::schedule::Tenants`.
pub(super) fn tenants() -> Schema {
    Schema::OneOf(OneOfBuilder::new().item(Ref::from_schema_name("EveryTenant")).item(these()).build())
}

fn these() -> Array {
    let tenant = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(512));
    ArrayBuilder::new().items(tenant).min_items(Some(1)).max_items(Some(1000)).build()
}

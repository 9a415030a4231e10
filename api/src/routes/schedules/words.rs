//! The schemas of a schedule's words, for the OpenAPI document.

use shared::{
    export::{Compression, Layout},
    schedule::{PauseReason, RunKind, RunState},
};
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, schema::Type};

macro_rules! word {
    ($(#[$meta:meta])* $function:ident: $word:ident) => {
        $(#[$meta])*
        pub(super) fn $function() -> Object {
            let words: Vec<_> = $word::ALL.iter().map(|word| word.as_str()).collect();
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
        }
    };
}

word! {
    /// A [`Layout`].
    layout: Layout
}
word! {
    /// A [`Compression`].
    compression: Compression
}
word! {
    /// A [`RunKind`].
    run_kind: RunKind
}
word! {
    /// A [`RunState`].
    run_state: RunState
}
word! {
    /// A [`PauseReason`].
    pause_reason: PauseReason
}

/// A [`Compression`], or null.
pub(super) fn compression_or_null() -> Schema {
    or_null(compression())
}

/// A [`PauseReason`], or null.
pub(super) fn pause_reason_or_null() -> Schema {
    or_null(pause_reason())
}

fn or_null(word: Object) -> Schema {
    Schema::OneOf(OneOfBuilder::new().item(word).item(ObjectBuilder::new().schema_type(Type::Null)).build())
}

/// `shared::schedule::Tenants`.
pub(super) fn tenants() -> Schema {
    let every = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["all"]));
    Schema::OneOf(OneOfBuilder::new().item(every).item(these()).build())
}

fn these() -> Array {
    let tenant = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(512));
    ArrayBuilder::new().items(tenant).min_items(Some(1)).max_items(Some(1000)).build()
}

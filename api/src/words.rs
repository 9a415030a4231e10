//! The schemas of the words that `shared` declares, for the OpenAPI document.

use serde_json::json;
use shared::export::{Compression, CsvProfile, Format, Layout, Origin, Phase, Scope, State};
use shared::language::Language;
use shared::ledger::audit::Outcome;
use shared::ledger::keys::{KeyScope, Role};
use shared::link::Protection;
use shared::recipient::RecipientKind;
use shared::schedule::{PauseReason, RunKind, RunState};
use shared::webhook::{Delivery as WebhookDelivery, Disabled as WebhookDisabled, Event as WebhookEvent};
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, schema::Type};

/// Every shared word by its name among the document's components.
pub(crate) fn components() -> [(&'static str, RefOr<Schema>); 21] {
    macro_rules! word {
        ($name:ident, $description:literal) => {
            (stringify!($name), word($description, $name::ALL.iter().map(|word| word.as_str())))
        };
    }
    [
        word!(
            Protection,
            "What a link asks for besides itself: `none`; `code`, a one-time code that is mailed; `signed_in`, a caller who may see the export."
        ),
        word!(
            Language,
            "A language that people read. The last two are made from English ones, to see that a layout holds: `en-XA` is longer, `ar-XB` runs from right to left."
        ),
        word!(
            WebhookEvent,
            "What a message to a webhook tells: the archive is `ready`, the export `failed`, the archive is deleted (`expired`), somebody began to download it; or nothing (`handover.ping`)."
        ),
        word!(
            WebhookDelivery,
            "Where a message stands: `pending`, `delivered`, `failed` (given up after the last try), or `missed` (the webhook was disabled)."
        ),
        word!(
            WebhookDisabled,
            "Why nothing is sent: by `request`, because the receiver is `gone` (it answered 410), or because nothing was taken for days (`failing`)."
        ),
        word!(RecipientKind, "What a public key is: one of age, or one of SSH."),
        ("EveryTenant", word("All tenants that the source has when a run begins.", ["all"].into_iter())),
        word!(RunKind, "How a run of a schedule began."),
        word!(RunState, "Where a run of a schedule stands."),
        word!(PauseReason, "Why a schedule is paused."),
        word!(Outcome, "How something ended that was done or tried."),
        word!(Scope, "What an export covers: all of a `tenant`, or one person in its data, a `subject`."),
        word!(State, "Where an export stands."),
        word!(Phase, "What a running export is doing."),
        word!(Origin, "Who caused an export."),
        word!(Format, "A format that an archive holds each table in."),
        word!(
            Layout,
            "How the archive is laid out: `zip` is one file that opens on every computer; `files` is a file for each table and format, for backups and data lakes."
        ),
        word!(Compression, "How each file with data is compressed where the layout is `files`."),
        word!(
            CsvProfile,
            "The face of the CSV: `lossless` for programs; `spreadsheet` for people, with a byte order mark and cells defused that would run as a formula."
        ),
        word!(
            KeyScope,
            "What a key may do. Each `…:write` includes the `…:read` of the same; `admin` includes everything."
        ),
        word!(
            Role,
            "A named set of scopes: `viewer` looks at exports, schedules and recipients; `operator` makes exports and schedules, sends messages to webhooks again, and reads the audit; `admin` does everything."
        ),
    ]
}

fn word(description: &str, values: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    let values: Vec<_> = values.collect();
    let object =
        ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(values)).build();
    RefOr::T(Schema::Object(object))
}

/// Refers to [`WebhookEvent`].
pub(crate) fn webhook_event() -> Ref {
    Ref::from_schema_name("WebhookEvent")
}

/// A list of [`WebhookEvent`], without the ping, which cannot be chosen.
pub(crate) fn webhook_events() -> Array {
    ArrayBuilder::new().items(Ref::from_schema_name("WebhookEvent")).build()
}

/// A list of [`WebhookEvent`], or null.
pub(crate) fn webhook_events_or_null() -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null).build();
    Schema::OneOf(OneOfBuilder::new().item(webhook_events()).item(null).build())
}

/// Refers to [`WebhookDelivery`].
pub(crate) fn delivery() -> Ref {
    Ref::from_schema_name("WebhookDelivery")
}

/// Refers to [`WebhookDisabled`], or is null.
pub(crate) fn disabled_or_null() -> Schema {
    or_null("WebhookDisabled")
}

/// Refers to a component, or is null.
pub(crate) fn or_null(component: &str) -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null).build();
    Schema::OneOf(OneOfBuilder::new().item(Ref::from_schema_name(component)).item(null).build())
}

/// Refers to [`Scope`].
pub(crate) fn scope() -> Ref {
    Ref::from_schema_name("Scope")
}

/// Refers to [`State`].
pub(crate) fn state() -> Ref {
    Ref::from_schema_name("State")
}

/// Refers to [`Phase`], or is null.
pub(crate) fn phase_or_null() -> Schema {
    let phase_or_null = OneOfBuilder::new()
        .item(Ref::from_schema_name("Phase"))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .build();
    Schema::OneOf(phase_or_null)
}

/// Refers to [`Origin`].
pub(crate) fn origin() -> Ref {
    Ref::from_schema_name("Origin")
}

/// Refers to [`Layout`].
pub(crate) fn layout() -> Ref {
    Ref::from_schema_name("Layout")
}

/// Refers to [`Compression`].
pub(crate) fn compression() -> Ref {
    Ref::from_schema_name("Compression")
}

/// Refers to [`Compression`], or is null.
pub(crate) fn compression_or_null() -> Schema {
    let compression_or_null = OneOfBuilder::new()
        .item(Ref::from_schema_name("Compression"))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .build();
    Schema::OneOf(compression_or_null)
}

/// Refers to [`CsvProfile`].
pub(crate) fn csv_profile() -> Ref {
    Ref::from_schema_name("CsvProfile")
}

/// Refers to [`Language`].
pub(crate) fn language() -> Ref {
    Ref::from_schema_name("Language")
}

/// A tag of BCP 47.
pub(crate) fn language_tag() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(64))
        .pattern(Some("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"))
        .examples([json!("de-AT")])
        .build()
}

/// Refers to [`Protection`].
pub(crate) fn protection() -> Ref {
    Ref::from_schema_name("Protection")
}

/// Refers to [`Role`], or is null.
pub(crate) fn role_or_null() -> Schema {
    let role_or_null = OneOfBuilder::new()
        .item(Ref::from_schema_name("Role"))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .build();
    Schema::OneOf(role_or_null)
}

/// Refers to [`Role`].
pub(crate) fn role() -> Ref {
    Ref::from_schema_name("Role")
}

/// A list of [`KeyScope`].
pub(crate) fn key_scopes() -> Array {
    ArrayBuilder::new().items(Ref::from_schema_name("KeyScope")).build()
}

/// A list of [`Format`].
pub(crate) fn formats() -> Array {
    ArrayBuilder::new().items(Ref::from_schema_name("Format")).min_items(Some(1)).unique_items(true).build()
}

/// How a step in the audit ended.
pub(crate) fn outcome() -> Ref {
    Ref::from_schema_name("Outcome")
}

/// An object of which nothing is said.
pub(crate) fn any_object() -> Object {
    ObjectBuilder::new()
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<Schema>::FreeForm(true)))
        .build()
}

/// How the audit is given.
pub(crate) fn audit_format() -> Schema {
    words_of("How the entries come.", ["json", "jsonl", "csv"].into_iter())
}

fn words_of(description: &str, values: impl Iterator<Item = &'static str>) -> Schema {
    let values: Vec<_> = values.collect();
    let object =
        ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(values)).build();
    Schema::Object(object)
}

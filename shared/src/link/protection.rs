//! What a link asks of whoever follows it, besides itself.

use crate::export::words;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

words! {
    /// What a link asks of whoever follows it, besides itself.
    Protection {
        /// Nothing: whoever has the link may download.
        None = "none",
        /// A one-time code, mailed to the address on file.
        Code = "code",
        /// A caller whom the API knows: the product's portal, or a program with a key.
        SignedIn = "signed_in",
    }
}

impl JsonSchema for Protection {
    fn schema_name() -> Cow<'static, str> {
        "Protection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

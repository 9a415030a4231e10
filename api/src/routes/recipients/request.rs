//! What a request for a recipient says.

use crate::{
    problem::{Finding, Problem},
    routes::exports::SubjectView,
};
use actix_web::http::StatusCode;
use serde::Deserialize;
use shared::{
    export::{SubjectId, TenantId},
    ledger::{Person, recipients::NewRecipient},
    recipient::{PublicKey, RefusedKey, holds_private_key, label},
};
use utoipa::ToSchema;

/// A request to encrypt archives to a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipientRequest {
    /// The name of the source.
    #[schema(example = "ceppro")]
    source: String,
    /// The tenant's key, as the product's own database prints it; any text of 1 to 512 bytes. Nobody looks whether there is such a tenant.
    #[schema(value_type = String, min_length = 1, max_length = 512, example = "4711")]
    tenant: TenantId,
    /// The person in the tenant's data whose exports the key is for; default the exports of the whole tenant.
    #[serde(default)]
    #[schema(value_type = SubjectView, required = false)]
    subject: Option<SubjectId>,
    /// The public half of a key pair, on one line: `age1…` as `age-keygen` prints it, or `ssh-ed25519 AAAA…`, with or without its comment.
    #[schema(example = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa")]
    public_key: String,
    /// What people call the key, on one line of at most 100 characters; it stands in mails and on the download page.
    #[schema(min_length = 1, max_length = 100, example = "Backup key in the safe")]
    label: String,
}

impl RecipientRequest {
    /// What is to be added, or the place of each mistake.
    pub(super) fn checked(self) -> Result<NewRecipient, Problem> {
        let (key, label) = (PublicKey::parse(&self.public_key), label(&self.label).map(str::to_owned));
        if key == Err(RefusedKey::Private) {
            return Err(private_key());
        }
        let findings: Vec<Finding> = [
            key.as_ref().err().map(|refused| ("/public_key", refused.to_string())),
            label.as_ref().err().map(|refused| ("/label", refused.to_string())),
        ]
        .into_iter()
        .flatten()
        .map(|(pointer, detail)| Finding { pointer: pointer.into(), detail })
        .collect();
        match (key, label) {
            (Ok(key), Ok(label)) => {
                Ok(NewRecipient { source: self.source, tenant: self.tenant, subject: Person(self.subject), key, label })
            }
            _ => Err(Problem::invalid_request(findings)),
        }
    }
}

/// Refuses a body with a private key anywhere in it, and repeats nothing of it.
pub(super) fn without_private_key(body: &[u8]) -> Result<(), Problem> {
    if holds_private_key(&String::from_utf8_lossy(body)) { Err(private_key()) } else { Ok(()) }
}

fn private_key() -> Problem {
    let mut detail = RefusedKey::Private.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "private_key", "This is a private key", format!("{detail}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_found_wherever_in_the_body_it_stands() {
        for body in [
            r#"{"public_key":"AGE-SECRET-KEY-1QQQQ"}"#,
            r#"{"label":"age-secret-key-1qqqq","public_key":"age1x"}"#,
            r#"{"AGE-SECRET-KEY-1QQQQ":1}"#,
            "AGE-SECRET-KEY-1QQQQ",
            r#"{"public_key":"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA"}"#,
        ] {
            let problem = without_private_key(body.as_bytes()).unwrap_err();
            assert_eq!(problem.code(), "private_key");
            assert!(!problem.detail().to_lowercase().contains("1qqqq"));
        }
        assert!(without_private_key(br#"{"public_key":"age1x"}"#).is_ok());
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let wish = |public_key: &str, label: &str| RecipientRequest {
            source: "shop".into(),
            tenant: TenantId::new("t1").unwrap(),
            subject: None,
            public_key: public_key.into(),
            label: label.into(),
        };
        let problem = wish("ssh-rsa AAAA", " ").checked().unwrap_err();
        let document = serde_json::to_value(problem.document("r")).unwrap();
        assert_eq!(document["errors"][0]["pointer"], "/public_key");
        assert!(document["errors"][0]["detail"].as_str().unwrap().contains("ssh-keygen -t ed25519"));
        assert_eq!(document["errors"][1]["pointer"], "/label");
        assert_eq!(wish("age-secret-key-1", "x").checked().unwrap_err().code(), "private_key");
    }
}

//! An operator as it is shown: nothing of the password and the second factor but whether they are in order.

use crate::words;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::ledger::{keys::Role, operators::Operator};
use utoipa::ToSchema;
use uuid::Uuid;

/// An account of an operator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operator)]
pub(crate) struct OperatorView {
    /// The number.
    id: Uuid,
    /// The address to sign in with.
    email: String,
    /// What people call this person.
    name: String,
    /// What this person may do.
    #[schema(schema_with = words::role)]
    role: Role,
    /// Whether the password is to be changed before anything else.
    must_change_password: bool,
    /// Since when a second factor is asked for; null if none is.
    #[schema(required = true)]
    second_factor_since: Option<DateTime<Utc>>,
    /// When the account was made.
    created_at: DateTime<Utc>,
    /// Since when it cannot sign in.
    #[schema(required = true)]
    disabled_at: Option<DateTime<Utc>>,
    /// When this person signed in last.
    #[schema(required = true)]
    signed_in_at: Option<DateTime<Utc>>,
}

/// An account with a password that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewOperator)]
pub(crate) struct NewOperatorView<'a> {
    /// The account.
    pub(super) operator: OperatorView,
    /// The password. It is shown only here: the ledger keeps no more than its hash.
    pub(super) password: &'a str,
}

/// All accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperatorList {
    /// The accounts, by name.
    pub(super) items: Vec<OperatorView>,
}

impl From<Operator> for OperatorView {
    fn from(operator: Operator) -> Self {
        Self {
            id: operator.id,
            email: operator.email,
            name: operator.name,
            role: operator.role,
            must_change_password: operator.must_change_password,
            second_factor_since: operator.second_factor_since,
            created_at: operator.created_at,
            disabled_at: operator.disabled_at,
            signed_in_at: operator.signed_in_at,
        }
    }
}

//! The table `operators`: the people who operate this installation.
//!
//! What an operator may do follows from the role, as it does for keys. Every change of an account ends what it makes doubtful: another password, a removed
//! factor and a disabled account end all its sessions, in the same transaction.

mod email;
mod second_factor;
mod sessions;
mod tries;

pub use email::{Email, NotAnEmail};
pub use second_factor::{BackupCode, Factor, left, make_backup_codes, remove, seal_anew, sealed_secret, set_up};
pub use sessions::{
    IDLE, LONGEST, Session, SessionToken, SignedIn, Tried, begin, change_password, end_others, find_session,
    of_operator, pass_second_factor, sign_out, still_counts, take_try,
};
pub use tries::{Try, forget_tries, take};

use super::audit::{self, Actor, NewEvent};
use super::keys::{KeyScope, Role};
use super::{Ledger, Result, Transaction, storable, stored};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// Any number, as long as no other statement takes the same advisory lock: changes of administrators wait for each other.
const ADMINISTRATORS: i64 = 0x6f70_6572_6174_6f72;

/// A person who operates.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Operator {
    /// The number.
    pub id: Uuid,
    /// The address to sign in with, in lower case.
    pub email: String,
    /// What people call this person.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// Whether the password was given by somebody else and must be changed before anything else.
    pub must_change_password: bool,
    /// Since when a second factor is asked for.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is disabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When this person signed in last.
    pub signed_in_at: Option<DateTime<Utc>>,
}

impl Operator {
    /// Whether the role gives what is needed.
    pub fn may(&self, needed: KeyScope) -> bool {
        self.role.scopes().iter().any(|scope| scope.includes(needed))
    }

    /// The name in the audit, which tells nothing about the person by itself.
    pub fn audit_name(&self) -> String {
        audit_name(self.id)
    }
}

/// `operator:<id>`.
fn audit_name(id: Uuid) -> String {
    format!("operator:{id}")
}

/// What a new operator shall be.
#[derive(Debug, Clone)]
pub struct NewOperator {
    /// The address to sign in with.
    pub email: Email,
    /// What people call this person.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// The hash of the first password.
    pub password_hash: String,
    /// Whether it is to be changed at the first sign-in.
    pub must_change_password: bool,
}

/// A change of an account; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Another name.
    pub name: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Whether it cannot sign in from now on, and is signed out everywhere.
    pub disabled: Option<bool>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is as it was asked for.
    Done,
    /// There is no such operator.
    Unknown,
    /// Nobody would be left who may do everything.
    LastAdministrator,
}

/// Makes an account; `None` if the address has one.
pub async fn create(ledger: &Ledger, new: NewOperator, actor: Actor, now: DateTime<Utc>) -> Result<Option<Operator>> {
    let mut transaction = ledger.begin().await?;
    let made: Option<Operator> = within!(&mut transaction, connection => sqlx::query_as(
        "insert into operators (id, email, name, role, password_hash, must_change_password, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing returning *")
        .bind(Uuid::now_v7())
        .bind(new.email.as_str())
        .bind(storable(&new.name))
        .bind(new.role)
        .bind(&new.password_hash)
        .bind(new.must_change_password)
        .bind(stored(now))
        .fetch_optional(connection).await?);
    if let Some(operator) = &made {
        tell(&mut transaction, "operator.created", operator.id, json!({ "role": operator.role }), actor, now).await?;
        transaction.commit().await?;
    }
    Ok(made)
}

/// All operators, in the order of their names.
pub async fn list(ledger: &Ledger) -> Result<Vec<Operator>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from operators order by lower(name), id").fetch_all(pool).await?))
}

/// The operator of this number.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Operator>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from operators where id = $1").bind(id).fetch_optional(pool).await?),
    )
}

/// The operator who signs in with this address, and the hash of the password.
pub async fn by_email(ledger: &Ledger, email: &Email) -> Result<Option<(Operator, String)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        operator: Operator,
        password_hash: String,
    }
    let row: Option<Row> = on!(ledger, pool =>
        sqlx::query_as("select * from operators where email = $1").bind(email.as_str()).fetch_optional(pool).await?);
    Ok(row.map(|row| (row.operator, row.password_hash)))
}

/// The hash of an operator's password.
pub async fn password_hash(ledger: &Ledger, id: Uuid) -> Result<Option<String>> {
    Ok(on!(ledger, pool =>
        sqlx::query_scalar("select password_hash from operators where id = $1").bind(id).fetch_optional(pool).await?))
}

/// Changes an account.
pub async fn change(ledger: &Ledger, id: Uuid, change: &Change, actor: Actor, now: DateTime<Utc>) -> Result<Changed> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(ADMINISTRATORS).await?;
    let before: Option<Operator> = within!(&mut transaction, connection =>
        sqlx::query_as("select * from operators where id = $1").bind(id).fetch_optional(connection).await?);
    let Some(before) = before else { return Ok(Changed::Unknown) };
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = storable(name).into_owned();
    }
    after.role = change.role.unwrap_or(before.role);
    after.disabled_at = match change.disabled {
        None => before.disabled_at,
        Some(false) => None,
        Some(true) => before.disabled_at.or(Some(stored(now))),
    };
    if after == before {
        return Ok(Changed::Done);
    }
    let is_administrator = |operator: &Operator| operator.role == Role::Admin && operator.disabled_at.is_none();
    if is_administrator(&before) && !is_administrator(&after) {
        let others: bool = within!(&mut transaction, connection => sqlx::query_scalar(
            "select exists (select 1 from operators where role = $1 and disabled_at is null and id <> $2)")
            .bind(Role::Admin).bind(id).fetch_one(connection).await?);
        if !others {
            return Ok(Changed::LastAdministrator);
        }
    }
    within!(&mut transaction, connection => sqlx::query(
        "update operators set name = $2, role = $3, disabled_at = $4 where id = $1")
        .bind(id).bind(&after.name).bind(after.role).bind(after.disabled_at).execute(connection).await?.rows_affected());
    if after.disabled_at.is_some() {
        sessions::end_all(&mut transaction, id).await?;
    }
    if (&after.name, after.role) != (&before.name, before.role) {
        let detail =
            json!({ "role": after.role, "role_before": before.role, "name_changed": after.name != before.name });
        tell(&mut transaction, "operator.changed", id, detail, actor.clone(), now).await?;
    }
    match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => tell(&mut transaction, "operator.disabled", id, Value::Null, actor, now).await?,
        (Some(_), None) => tell(&mut transaction, "operator.enabled", id, Value::Null, actor, now).await?,
        _ => {}
    }
    transaction.commit().await?;
    Ok(Changed::Done)
}

/// Gives an operator a password that somebody else chose, to be changed at the next sign-in, and ends all sessions; `false` if there is no such operator.
pub async fn reset_password(ledger: &Ledger, id: Uuid, hash: &str, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update operators set password_hash = $2, must_change_password = true where id = $1")
        .bind(id).bind(hash).execute(connection).await?.rows_affected());
    if changed == 0 {
        return Ok(false);
    }
    sessions::end_all(&mut transaction, id).await?;
    tell(&mut transaction, "operator.password_reset", id, Value::Null, actor, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Writes down that a sign-in was refused. Who tried is not known, only which account it was about, if there is one.
pub async fn refused(
    ledger: &Ledger,
    operator: Option<Uuid>,
    reason: &str,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let event = NewEvent {
        actor,
        action: "operator.sign_in_refused",
        export_id: None,
        source: None,
        tenant: None,
        detail: json!({ "operator": operator, "reason": reason }),
    };
    audit::record(ledger, event, now).await
}

/// Tells the audit what was done to an account.
async fn tell(
    transaction: &mut Transaction,
    action: &'static str,
    operator: Uuid,
    more: Value,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut detail = json!({ "operator": operator });
    if let (Some(detail), Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    let event = NewEvent { actor, action, export_id: None, source: None, tenant: None, detail };
    audit::write(transaction, event, now).await
}

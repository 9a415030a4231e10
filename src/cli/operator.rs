//! `handover operator`: the accounts of the people who sign in at the console.

mod password;

use super::{Misuse, Outcome};
use crate::installation::{open_ledger, read_config};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use password::PasswordSource;
use shared::{
    clock,
    config::Role as Process,
    ledger::{
        Ledger,
        audit::Actor,
        keys::Role,
        operators::{self, Change, Changed, Email, NewOperator, Operator},
    },
    password::Password,
};
use std::path::Path;

/// The most characters of a name.
const LONGEST_NAME: usize = 100;

/// Make, list and change the accounts of the people who sign in at the console.
#[derive(Subcommand)]
pub(super) enum OperatorCommand {
    /// Make an account. The password is asked for twice and not shown; where standard input is no terminal, its first line is taken.
    Create(Create),
    /// List all accounts.
    List,
    /// Give an account another password, which is to be changed at the next sign-in, and sign it out everywhere.
    ResetPassword(ResetPassword),
    /// Switch off two-step sign-in, for somebody who has lost the device and the backup codes, and sign the account out everywhere.
    ResetTotp(Account),
    /// Let an account no longer sign in, and sign it out everywhere.
    Disable(Account),
    /// Let an account sign in again.
    Enable(Account),
}

#[derive(Args)]
pub(super) struct Create {
    /// The address to sign in with.
    email: Email,
    /// What people call this person; default is the address.
    #[arg(long)]
    name: Option<String>,
    /// What this person may do: viewer looks, operator makes exports and schedules and reads the audit, admin does everything.
    #[arg(long)]
    role: Role,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Args)]
pub(super) struct ResetPassword {
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Args)]
pub(super) struct Account {
    /// The address that the account signs in with.
    email: Email,
}

/// Does what was asked.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: OperatorCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let ledger = open_ledger(&read_config(file, Process::Ledger)?).await?;
    ledger.require_migrated().await?;
    let (actor, now) = (Actor::operator(), clock::now());
    match command {
        OperatorCommand::Create(create) => return create.run(&ledger).await,
        OperatorCommand::List => {
            println!("{:<32} {:<9} {:<9} {:<9} {:<17} name", "address", "role", "state", "two-step", "last sign-in");
            for operator in operators::list(&ledger).await? {
                println!("{}", line(&operator));
            }
        }
        OperatorCommand::ResetPassword(reset) => {
            let operator = reset.account.find(&ledger).await?;
            let text = reset.password.read()?;
            let password =
                Password::new(&text, &operator.email, &operator.name).map_err(|why| Misuse(why.to_string()))?;
            let hash = password.hash().await?;
            operators::reset_password(&ledger, operator.id, &hash, actor, now).await?;
            println!("{} has another password, and changes it at the next sign-in.", operator.email);
        }
        OperatorCommand::ResetTotp(account) => {
            let operator = account.find(&ledger).await?;
            operators::remove(&ledger, operator.id, None, actor, now).await?;
            println!("{} signs in by password alone until two-step sign-in is set up again.", operator.email);
        }
        OperatorCommand::Disable(account) => {
            let operator = account.find(&ledger).await?;
            if operators::change(&ledger, operator.id, &disabled(true), actor, now).await? == Changed::LastAdministrator
            {
                println!("{} is the last administrator: make another one first.", operator.email);
                return Ok(Outcome::No);
            }
            println!("{} cannot sign in any more.", operator.email);
        }
        OperatorCommand::Enable(account) => {
            let operator = account.find(&ledger).await?;
            operators::change(&ledger, operator.id, &disabled(false), actor, now).await?;
            println!("{} can sign in.", operator.email);
        }
    }
    Ok(Outcome::Done)
}

fn disabled(disabled: bool) -> Change {
    Change { disabled: Some(disabled), ..Change::default() }
}

impl Create {
    #[expect(clippy::print_stdout, reason = "the result")]
    async fn run(self, ledger: &Ledger) -> anyhow::Result<Outcome> {
        let name = self.name.unwrap_or_else(|| self.email.as_str().to_owned());
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(Misuse(format!("--name must be one line of 1 to {LONGEST_NAME} characters")).into());
        }
        let text = self.password.read()?;
        let own_name = if name == self.email.as_str() { "" } else { &name };
        let password = Password::new(&text, self.email.as_str(), own_name).map_err(|why| Misuse(why.to_string()))?;
        let new = NewOperator {
            email: self.email.clone(),
            name,
            role: self.role,
            password_hash: password.hash().await?,
            must_change_password: false,
        };
        let made = operators::create(ledger, new, Actor::operator(), clock::now()).await?;
        let Some(operator) = made else {
            println!("There is an account with the address {}.", self.email.as_str());
            return Ok(Outcome::No);
        };
        println!("{} can sign in at /console as {}.", operator.email, operator.role);
        Ok(Outcome::Done)
    }
}

impl Account {
    async fn find(&self, ledger: &Ledger) -> anyhow::Result<Operator> {
        let found = operators::by_email(ledger, &self.email).await?;
        let (operator, _) =
            found.with_context(|| format!("there is no account with the address {}", self.email.as_str()))?;
        Ok(operator)
    }
}

fn line(operator: &Operator) -> String {
    let state = match (operator.disabled_at, operator.must_change_password) {
        (Some(_), _) => "disabled",
        (None, true) => "new",
        (None, false) => "active",
    };
    let second = if operator.second_factor_since.is_some() { "yes" } else { "no" };
    let last = operator.signed_in_at.map_or("never".to_owned(), |at| at.format("%Y-%m-%d %H:%MZ").to_string());
    format!("{:<32} {:<9} {state:<9} {second:<9} {last:<17} {}", operator.email, operator.role, operator.name)
}

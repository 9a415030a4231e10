//! Where a password comes from: the terminal, where nobody reads along, a file, or standard input.

use crate::cli::Misuse;
use anyhow::Context as _;
use clap::Args;
use console::Term;
use secrecy::{ExposeSecret, SecretString};
use std::{
    io::{BufRead, IsTerminal, Read},
    path::PathBuf,
};
use zeroize::Zeroizing;

/// The most bytes that are read.
const MOST: u64 = 4096;

#[derive(Args)]
pub(super) struct PasswordSource {
    /// A file with the password in its first line, instead of typing it.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password.
    pub(super) fn read(&self) -> anyhow::Result<SecretString> {
        if let Some(path) = &self.password_file {
            let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            return first_line(std::io::BufReader::new(file.take(MOST)));
        }
        let input = std::io::stdin();
        if !input.is_terminal() {
            return first_line(input.lock().take(MOST));
        }
        let terminal = Term::stderr();
        let typed = ask(&terminal, "Password: ")?;
        let again = ask(&terminal, "The same once more: ")?;
        if typed.expose_secret() != again.expose_secret() {
            return Err(Misuse("the two passwords are not the same".into()).into());
        }
        Ok(typed)
    }
}

fn ask(terminal: &Term, question: &str) -> anyhow::Result<SecretString> {
    terminal.write_str(question)?;
    let typed = Zeroizing::new(terminal.read_secure_line()?);
    Ok(typed.as_str().into())
}

fn first_line(mut input: impl BufRead) -> anyhow::Result<SecretString> {
    let mut line = Zeroizing::new(String::new());
    input.read_line(&mut line)?;
    let line = line.trim_end_matches(['\n', '\r']);
    if line.is_empty() {
        return Err(Misuse("no password was given: type it, or give --password-file or standard input".into()).into());
    }
    Ok(line.into())
}

//! `handover completions`.

use super::{Arguments, Outcome};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

/// Print what a shell needs to complete this program's commands and options.
///
/// For bash: `handover completions bash > /etc/bash_completion.d/handover`. For fish: `handover completions fish >
/// ~/.config/fish/completions/handover.fish`. For zsh: `handover completions zsh > _handover`, in a folder that `$fpath` names.
#[derive(Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(command: &Completions) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Arguments::command(), "handover", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Outcome::Done)
}

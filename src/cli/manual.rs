//! `handover manual`.

use super::{Arguments, Misuse, Outcome};
use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_mangen::Man;
use std::path::{Path, PathBuf};

/// Write the manual pages, one for each command, into a folder.
///
/// `handover.1` is where to begin. `man -l FOLDER/handover.1` shows it; in `/usr/local/share/man/man1` it is found by `man handover`.
#[derive(Args)]
pub(super) struct Manual {
    /// The folder; it is made if it is not there. Pages of the same names are replaced.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes them; their number is told.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) fn run(command: &Manual) -> anyhow::Result<Outcome> {
    let folder = &command.folder;
    if folder.exists() && !folder.is_dir() {
        return Err(Misuse(format!("{} is no folder", folder.display())).into());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let pages = write(&program, folder).with_context(|| format!("cannot write into {}", folder.display()))?;
    println!("{pages} pages in {}", folder.display());
    Ok(Outcome::Done)
}

/// The page of a command and those of the commands below it; returns how many there are.
fn write(command: &clap::Command, folder: &Path) -> std::io::Result<usize> {
    let page = Man::new(command.clone()).manual("Handover").source(format!("handover {}", env!("CARGO_PKG_VERSION")));
    page.generate_to(folder)?;
    let mut pages = 1;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages += write(below, folder)?;
    }
    Ok(pages)
}

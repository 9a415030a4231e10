//! The programs that the suite needs and `make tools` installs.

use std::path::{Path, PathBuf};

/// The folder outside the checkout in which `make tools` keeps what it builds.
#[expect(clippy::disallowed_methods, reason = "where the tools are is not a setting of the program under test")]
fn cache() -> PathBuf {
    match (std::env::var_os("HANDOVER_CACHE"), std::env::var_os("HOME")) {
        (Some(folder), _) => folder.into(),
        (None, Some(home)) => Path::new(&home).join(".cache/handover"),
        (None, None) => panic!("neither HANDOVER_CACHE nor HOME is set"),
    }
}

fn installed(tool: PathBuf) -> PathBuf {
    assert!(tool.exists(), "{} is missing: run `make tools`", tool.display());
    tool
}

/// A program of the Python environment: `python`, `moto_server`, `frictionless`.
pub(crate) fn python(program: &str) -> PathBuf {
    installed(cache().join("python/bin").join(program))
}

/// A file of the npm packages in `tests/node/package.json`, such as `axe-core/axe.min.js`.
pub(crate) fn node(file: &str) -> PathBuf {
    installed(cache().join("node/node_modules").join(file))
}

/// The Garage object store.
pub(crate) fn garage() -> PathBuf {
    installed(cache().join("tools/bin/garage"))
}

/// A program of the newest PostgreSQL installed: Debian keeps servers out of `PATH`, one folder per version.
pub(crate) fn postgres(program: &str) -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            Some((folder.file_name()?.to_str()?.parse().ok()?, folder.join("bin").join(program)))
        })
        .filter(|(_, tool)| tool.exists())
        .collect();
    versions.sort();
    versions.pop().map_or_else(|| installed(Path::new("/usr/bin").join(program)), |(_, tool)| tool)
}

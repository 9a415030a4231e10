//! Who sits at the terminal.

use super::Actor;
use std::os::unix::fs::MetadataExt;

impl Actor {
    /// The person at the terminal, by the name of their account on this machine: `cli:<account>`.
    pub fn operator() -> Self {
        Self::named(format!("cli:{}", account()))
    }
}

/// The name of the account that this process runs as, or its number.
fn account() -> String {
    // The process' own folder belongs to whom it runs as.
    let Ok(process) = std::fs::metadata("/proc/self") else {
        return "unknown".to_owned();
    };
    let number = process.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&accounts, &number).unwrap_or(&number).to_owned()
}

/// The name of the account with this number (passwd(5)).
fn name_in<'a>(accounts: &'a str, number: &str) -> Option<&'a str> {
    accounts.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next().filter(|name| !name.is_empty())?;
        (parts.nth(1) == Some(number)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\n::\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name_in(accounts, "0"), Some("root"));
        assert_eq!(name_in(accounts, "1000"), Some("ann"));
        assert_eq!(name_in(accounts, "100"), None);
        assert!(Actor::operator().name.len() > "cli:".len());
    }
}

//! A database's URL on the command line, where everybody on the machine can read it.

use super::Misuse;
use secrecy::SecretString;
use std::io::BufRead;

/// The URL that an argument names: itself if it holds no password, the first line of standard input for `-`.
///
/// A password is refused with what to do instead, so that none gets into process lists, shell histories and audit logs of commands.
pub(super) fn database_url(flag: &str, argument: String) -> anyhow::Result<SecretString> {
    if argument == "-" {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim().to_owned().into());
    }
    if holds_password(&argument) {
        return Err(Misuse(format!(
            "{flag}: a password in an argument can be read by everybody on this machine: write `{flag} -` and give the URL on standard input, or name a \
             configured source (HANDOVER_SOURCES__NAME__URL_FILE)"
        ))
        .into());
    }
    Ok(argument.into())
}

/// Whether the URL has a password, before its host or among its parameters. No address of a file has.
fn holds_password(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    if scheme == "sqlite" {
        return false;
    }
    let (address, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    // Up to the last `@`: a password that holds a `/` is wrong in a URL, and a password all the same.
    let before_host = address.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    before_host || parameters.split('&').any(|parameter| parameter.to_ascii_lowercase().contains("password="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_wherever_it_stands() {
        for url in [
            "postgres://u:p@h/d",
            "mysql://u:p/w@h/d",
            "postgres://u:@h",
            "postgres://h/d?user=u&password=p",
            "postgres://h/d?sslpassword=p",
            "postgres://h/d?PASSWORD=p",
        ] {
            assert!(holds_password(url), "{url}");
            let refused = database_url("--source", url.to_owned()).unwrap_err().to_string();
            assert!(refused.starts_with("--source: a password"), "{refused}");
        }
        for url in
            ["postgres://u@h:5432/d", "postgres:///d", "sqlite:///a:b@c.db", "shop", "mysql://h/d?ssl-mode=required"]
        {
            assert!(!holds_password(url), "{url}");
        }
    }
}

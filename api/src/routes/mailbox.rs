//! The mailbox of the demo: the mails that would have been sent, readable without an account.

use crate::{Context, pages::mailbox as page, problem::Problem};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use std::path::PathBuf;

/// The folder that mails are written to.
pub(crate) struct Mailbox {
    /// Where the `.eml` files are.
    pub(crate) folder: PathBuf,
}

/// Lists the mails, newest first.
pub(crate) async fn list(context: Data<Context>, mailbox: Data<Mailbox>) -> Result<HttpResponse, Problem> {
    let mut mails = Vec::new();
    let mut entries = match tokio::fs::read_dir(&mailbox.folder).await {
        Ok(entries) => entries,
        // No mail has been sent yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(page::list(&context, &[]));
        }
        Err(error) => return Err(Problem::internal(error)),
    };
    while let Some(entry) = entries.next_entry().await.map_err(Problem::internal)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_mail(&name) {
            continue;
        }
        // A mail that is just being written is there next time.
        if let Ok(bytes) = tokio::fs::read(entry.path()).await
            && let Some(mail) = page::Mail::parse(name, &bytes)
        {
            mails.push(mail);
        }
    }
    mails.sort_by(|one, other| other.sent.cmp(&one.sent).then_with(|| one.name.cmp(&other.name)));
    Ok(page::list(&context, &mails))
}

/// Shows one mail.
pub(crate) async fn show(
    context: Data<Context>,
    mailbox: Data<Mailbox>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(page::show(&context, &read(&mailbox, name).await?))
}

/// Shows the HTML of one mail as it was sent.
pub(crate) async fn show_html(mailbox: Data<Mailbox>, name: Path<String>) -> Result<HttpResponse, Problem> {
    page::as_sent(&read(&mailbox, name).await?).ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}

async fn read(mailbox: &Mailbox, name: Path<String>) -> Result<page::Mail, Problem> {
    if !is_mail(&name) {
        return Err(missing());
    }
    let bytes = tokio::fs::read(mailbox.folder.join(name.as_str())).await.map_err(|_| missing())?;
    page::Mail::parse(name.into_inner(), &bytes).ok_or_else(missing)
}

/// A name that stays inside the folder.
fn is_mail(name: &str) -> bool {
    name.strip_suffix(".eml")
        .is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_mailbox() {
        assert!(is_mail("4dc1f1b9-6f0a-4e2b-9a53-3b1f8f3f5d10.eml"));
        for name in ["", ".eml", "a.txt", "../a.eml", "a/b.eml", "a%2fb.eml", "a\\b.eml", "a.b.eml", "a.eml\0"] {
            assert!(!is_mail(name), "{name:?}");
        }
    }
}

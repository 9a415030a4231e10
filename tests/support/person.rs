//! The person who asked for the data: reads the mail, opens the page, presses the button.

use mail_parser::MessageParser;
use reqwest::{StatusCode, Url, header};

use super::{portal::client, secrets};

/// A mail as the person sees it.
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// What the button gave.
pub(crate) struct Download {
    pub(crate) bytes: Vec<u8>,
    pub(crate) file_name: String,
    /// Where the API sent the browser, unless it delivered the file itself.
    pub(crate) redirected_to: Option<Url>,
}

impl Letter {
    pub(crate) fn read(message: &[u8]) -> Letter {
        let message = MessageParser::default().parse(message).unwrap();
        let letter = Letter {
            subject: message.subject().unwrap().to_owned(),
            text: message.body_text(0).unwrap().into_owned(),
            html: message.body_html(0).unwrap().into_owned(),
        };
        // Its own link is what it is for.
        for part in [&letter.subject, &letter.text, &letter.html] {
            secrets::assert_absent_but(secrets::LINK, "a mail", part.as_bytes());
            if let Some((_, token)) = part.split_whitespace().find_map(|word| word.rsplit_once("/d/")) {
                secrets::keep(secrets::LINK, token.split(['"', '<']).next().unwrap());
            }
        }
        letter
    }

    /// The link to the download page, the same in both parts.
    pub(crate) fn link(&self) -> Url {
        let link = self.text.split_whitespace().find(|word| word.contains("/d/")).unwrap();
        assert!(self.html.contains(&format!("href=\"{link}\"")), "{}", self.html);
        link.parse().unwrap()
    }

    /// Nothing is loaded from anywhere, so nobody learns that the mail was opened; and nothing of the data is in it.
    pub(crate) fn assert_discreet(&self, product: &str, data: &[&str]) {
        assert!(self.subject.contains(product), "{}", self.subject);
        for fetched in ["<img", "src=", "background=", "url(", "<link", "<script", "@import", "<iframe"] {
            assert!(!self.html.to_lowercase().contains(fetched), "{fetched} in {}", self.html);
        }
        for part in [&self.subject, &self.text, &self.html] {
            for data in data {
                assert!(!part.contains(data), "{data} in {part}");
            }
        }
    }
}

/// Opens the download page as a mail scanner or a person does.
pub(crate) async fn open_page(link: &Url) -> String {
    let answer = client().get(link.clone()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(page.contains("<form"), "{page}");
    page
}

/// Presses the page's button and follows where it leads.
pub(crate) async fn press_button(link: &Url) -> Download {
    let client = client();
    let mut answer = client.post(link.clone()).send().await.unwrap();
    let mut redirected_to = None;
    if answer.status().is_redirection() {
        // 303: what was a POST here is a GET there.
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("no-store"));
        let target = answer.headers()[header::LOCATION].to_str().unwrap();
        let target = link.join(target).unwrap();
        answer = client.get(target.clone()).send().await.unwrap();
        redirected_to = Some(target);
    }
    assert_eq!(answer.status(), StatusCode::OK);
    let content_type = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert!(["application/zip", "application/vnd.age"].contains(&content_type), "{content_type}");
    let disposition = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let file_name = disposition.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    Download { bytes: answer.bytes().await.unwrap().to_vec(), file_name, redirected_to }
}

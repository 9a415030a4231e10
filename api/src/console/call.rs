//! An action as a call of the API, to be copied into a terminal.

use crate::server::PublicUrl;
use actix_web::{HttpRequest, web::Data};
use askama::Template;
use serde_json::Value;

/// What an action on a page is as a call of the API; a template shows it by `{{ call|safe }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "console/call.html")]
pub(crate) struct ApiCall {
    command: String,
}

impl ApiCall {
    /// The call of this method at `path`, such as `v1/keys`. What the person has yet to fill in stands in the body as an example.
    pub(crate) fn new(request: &HttpRequest, method: &str, path: &str, body: Option<&Value>) -> Self {
        let base = request.app_data::<Data<PublicUrl>>().map(|public| public.0.to_string()).unwrap_or_default();
        let url = format!("{}/{path}", base.trim_end_matches('/'));
        let method = if method == "GET" { String::new() } else { format!("-X {method} ") };
        let mut command = format!("curl {method}{} \\\n  -H \"Authorization: Bearer $HANDOVER_KEY\"", quoted(&url));
        if let Some(body) = body {
            command.push_str(&format!(
                " \\\n  -H 'Content-Type: application/json' \\\n  -d {}",
                quoted(&body.to_string())
            ));
        }
        Self { command }
    }
}

/// The text as one word of a POSIX shell; plain words stay as they are.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_command_calls_the_public_address_with_a_key_of_ones_own() {
        let request = TestRequest::get()
            .app_data(Data::new(PublicUrl("https://exports.example.com/handover/".parse().unwrap())))
            .to_http_request();
        let call = ApiCall::new(&request, "POST", "v1/keys", Some(&json!({ "name": "Ann's" })));
        let command = "curl -X POST https://exports.example.com/handover/v1/keys \\\n  -H \"Authorization: Bearer $HANDOVER_KEY\" \\\n  \
                       -H 'Content-Type: application/json' \\\n  -d '{\"name\":\"Ann'\\''s\"}'";
        assert_eq!(call.command, command);
        let call = ApiCall::new(&request, "GET", "v1/audit?limit=5&action=link", None);
        assert!(
            call.command.starts_with("curl 'https://exports.example.com/handover/v1/audit?limit=5&action=link' \\")
        );
    }

    proptest! {
        #[test]
        fn a_shell_reads_the_very_text(text in "[^\0]{0,30}") {
            let printed = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(&text))).output().unwrap();
            prop_assert_eq!(String::from_utf8(printed.stdout).unwrap(), text);
        }
    }
}

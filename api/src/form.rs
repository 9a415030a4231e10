//! Forms of the pages, which cannot be read before it is shown that they come from a page of ours.
//!
//! Another site can make a browser send a form here, and the browser adds what it holds for us. Three things stand against
//! that: what the browser says about the sender (`Sec-Fetch-Site`, `Origin`), the cookies' `SameSite`, and a token in the form
//! that only our page knows, bound to the page's link and to the session.

use crate::{Context, body, console, cookie::HostCookie, problem::Problem, server::PublicUrl};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    web::{self, Data, Query},
};
use futures::{FutureExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use shared::link::LinkSigner;
use url::form_urlencoded::{self, Serializer};

/// The hidden field that carries the token.
pub(crate) const FIELD: &str = "csrf";

/// A form that a page of ours sent. There is no other way to read one than through the checks.
#[derive(Debug)]
pub(crate) struct Form<T>(T);

impl<T> Form<T> {
    /// What was filled in.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

/// A form in which nothing is filled in.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Button {}

/// The token for the forms of the page that `request` asks for; it stands in the hidden field [`FIELD`].
///
/// It counts for forms that are sent to addresses with the same `{token}` in their path, in the same session
/// ([`HostCookie::of_link`]), or to any address of the console in the same session there; for as long as the keys of links do.
pub(crate) fn token(signer: &LinkSigner, request: &HttpRequest) -> String {
    let (link, session) = bound(request);
    signer.form_token(&[&link, &session])
}

fn bound(request: &HttpRequest) -> (String, String) {
    if console::is_page(request.path()) {
        return ("console".to_owned(), console::cookie(request).read(request).unwrap_or_default().to_owned());
    }
    let link = request.match_info().get("token").unwrap_or_default();
    let session = HostCookie::of_link(request, link).read(request).unwrap_or_default().to_owned();
    (link.to_owned(), session)
}

/// 403: the form was not sent by a page of ours, or by one that is too old.
fn refused() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "form_refused",
        "This form does not count",
        "The form was not sent from the page it belongs to, or the page is too old. Open the page again.",
    )
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        async move {
            let payload = payload.await.map_err(|_| Problem::of_status(StatusCode::BAD_REQUEST))?;
            let bytes = body::collect(payload).await?;
            let context = request
                .app_data::<Data<Context>>()
                .ok_or_else(|| Problem::internal("a route was built without its context"))?;
            read(&context.signer, &request, &bytes)
        }
        .boxed_local()
    }
}

fn read<T: DeserializeOwned>(signer: &LinkSigner, request: &HttpRequest, bytes: &[u8]) -> Result<Form<T>, Problem> {
    if !comes_from_here(request) {
        return Err(refused());
    }
    let (mut fields, mut presented) = (Serializer::new(String::new()), None);
    for (name, value) in form_urlencoded::parse(bytes) {
        if name == FIELD {
            presented = Some(value);
        } else {
            fields.append_pair(&name, &value);
        }
    }
    let (link, session) = bound(request);
    let counts = match presented {
        Some(token) => signer.is_form_token(&token, &[&link, &session]),
        None => !is_from_a_browser(request),
    };
    if !counts {
        return Err(refused());
    }
    let form = Query::<T>::from_query(&fields.finish()).map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_form",
            "The form is not valid",
            "A field is missing or not valid.",
        )
    })?;
    Ok(Form(form.into_inner()))
}

/// Whether a browser sent this from a page of ours: nothing speaks against it, and where something may be changed, the browser says so itself.
pub(crate) fn is_of_own_page(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let says = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value.as_bytes() == wanted.as_bytes());
    let proved = says("sec-fetch-site", "same-origin") || says("origin", &own_origin(request));
    comes_from_here(request) && (request.method().is_safe() || proved)
}

/// Whether nothing that the browser says of the sender speaks against it. Our pages forbid referrers, and then a browser says
/// `Origin: null` even of their own forms (Fetch, "append a request `Origin` header"): that says nothing, and the token decides.
fn comes_from_here(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let site_fits = headers.get_all("sec-fetch-site").all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let own = own_origin(request);
    let origin_fits = headers
        .get_all(header::ORIGIN)
        .all(|origin| matches!(origin.to_str(), Ok(origin) if origin == "null" || origin == own));
    site_fits && origin_fits
}

fn own_origin(request: &HttpRequest) -> String {
    request.app_data::<Data<PublicUrl>>().map(|public| public.0.origin().ascii_serialization()).unwrap_or_default()
}

/// Whether the request carries anything that only browsers add. One that does not (`curl`, as the page itself suggests) was sent by
/// whoever holds the link, with nothing of anybody else's in it, and needs no token.
fn is_from_a_browser(request: &HttpRequest) -> bool {
    [header::COOKIE.as_str(), header::ORIGIN.as_str(), "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]
        .iter()
        .any(|name| request.headers().contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde::Deserialize;
    use shared::config::Config;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Wish {
        file: Option<String>,
    }

    const OWN: (&str, &str) = ("origin", "https://exports.example.com");

    fn signer() -> (LinkSigner, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        (LinkSigner::open(&config).unwrap(), folder)
    }

    fn request(link: &str, headers: &[(&'static str, &str)]) -> HttpRequest {
        let request = TestRequest::post()
            .app_data(Data::new(PublicUrl("https://exports.example.com/".parse().unwrap())))
            .param("token", link.to_owned());
        headers
            .iter()
            .fold(request, |request, (name, value)| request.insert_header((*name, (*value).to_owned())))
            .to_http_request()
    }

    fn outcome(signer: &LinkSigner, request: &HttpRequest, form: &str) -> Result<Option<String>, &'static str> {
        read::<Wish>(signer, request, form.as_bytes())
            .map(|form| form.into_inner().file)
            .map_err(|problem| problem.code())
    }

    #[test]
    fn a_form_of_our_own_page_is_read() {
        let (signer, _folder) = signer();
        let csrf = token(&signer, &request("a-link", &[]));
        let form = format!("file=csv%2Forders.csv&csrf={csrf}");
        let fine: [&[(&str, &str)]; 4] =
            [&[], &[OWN], &[("origin", "null"), ("sec-fetch-site", "same-origin")], &[OWN, ("cookie", "other=1")]];
        for headers in fine {
            let read = outcome(&signer, &request("a-link", headers), &form);
            assert_eq!(read, Ok(Some("csv/orders.csv".into())), "{headers:?}");
        }
    }

    #[test]
    fn what_another_site_sends_is_refused_even_with_a_token() {
        let (signer, _folder) = signer();
        let form = format!("csrf={}", token(&signer, &request("a-link", &[])));
        for headers in [
            ("origin", "https://evil.example"),
            ("origin", "https://exports.example.com.evil.example"),
            ("origin", "http://exports.example.com"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(outcome(&signer, &request("a-link", &[headers]), &form), Err("form_refused"), "{headers:?}");
        }
    }

    #[test]
    fn a_browser_needs_the_token_of_this_page_and_this_session() {
        let (signer, _folder) = signer();
        let of_other_link = token(&signer, &request("other-link", &[]));
        let before_session = token(&signer, &request("a-link", &[]));
        let name = {
            let cookie = HostCookie::of_link(&request("a-link", &[]), "a-link");
            let (_, header) = cookie.clear().unwrap();
            header.to_str().unwrap().split('=').next().unwrap().to_owned()
        };
        let session = format!("{name}=secret");
        let with_session = request("a-link", &[OWN, ("cookie", &session)]);
        for wrong in [String::new(), "csrf=".into(), format!("csrf={of_other_link}"), format!("csrf={before_session}")]
        {
            assert_eq!(outcome(&signer, &with_session, &wrong), Err("form_refused"), "{wrong}");
        }
        let right = format!("csrf={}", token(&signer, &with_session));
        assert_eq!(outcome(&signer, &with_session, &right), Ok(None));
        assert_eq!(outcome(&signer, &request("a-link", &[OWN]), &right), Err("form_refused"));
    }

    #[test]
    fn a_program_that_sends_nothing_of_a_browser_needs_no_token_but_no_wrong_one_either() {
        let (signer, _folder) = signer();
        let plain = request("a-link", &[("content-type", "application/x-www-form-urlencoded")]);
        assert_eq!(outcome(&signer, &plain, "file=a.csv"), Ok(Some("a.csv".into())));
        assert_eq!(outcome(&signer, &plain, "file=a.csv&csrf=wrong"), Err("form_refused"));
        for header in [("cookie", "a=b"), ("origin", "null"), ("sec-fetch-mode", "navigate")] {
            assert_eq!(
                outcome(&signer, &request("a-link", &[header]), "file=a.csv"),
                Err("form_refused"),
                "{header:?}"
            );
        }
    }
}

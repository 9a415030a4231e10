//! A secret that an authenticator app is to take, before anybody has shown that it did. Nothing of it is stored: it travels, sealed, in the page's form.

use crate::{Context, problem::Problem};
use qrcode::{QrCode, render::svg::Color};
use secrecy::{ExposeSecret, SecretString};
use shared::{ledger::operators::SignedIn, link::Sealed, totp::TotpSecret};

/// Keeps these apart from everything else that is sealed.
const PURPOSE: &str = "operator totp enrolment";

/// A secret on its way into an app.
pub(super) struct Enrolment {
    pub(super) secret: TotpSecret,
}

impl Enrolment {
    /// A new one.
    pub(super) fn new() -> Self {
        Self { secret: TotpSecret::random() }
    }

    /// The one that stood in a form of this session.
    pub(super) fn opened(context: &Context, signed_in: &SignedIn, sealed: &str) -> Option<Self> {
        let (by, bytes) = sealed.split_once(':')?;
        let sealed = Sealed { by: by.to_owned(), bytes: hex::decode(bytes).ok()? };
        let bytes = context.signer.unseal(&sealed, PURPOSE, &owner(signed_in))?;
        Some(Self { secret: TotpSecret::from_bytes(&bytes)? })
    }

    /// As it stands in the form: it opens for this session only.
    pub(super) fn sealed(&self, context: &Context, signed_in: &SignedIn) -> String {
        let sealed = context.signer.seal(PURPOSE, &owner(signed_in), self.secret.expose());
        format!("{}:{}", sealed.by, hex::encode(sealed.bytes))
    }

    /// The QR code for the app, as SVG.
    pub(super) fn picture(&self, product: &str, signed_in: &SignedIn) -> Result<SecretString, Problem> {
        let url =
            self.secret.url(&format!("Handover {product}"), &signed_in.operator.email).map_err(Problem::internal)?;
        let code = QrCode::new(url.expose_secret().as_bytes()).map_err(|error| Problem::internal(error.to_string()))?;
        let drawn = code.render().dark_color(Color("#000")).light_color(Color("#fff")).module_dimensions(4, 4).build();
        // Without the declaration of XML, which has no place in a page.
        let start = drawn.find("<svg").unwrap_or_default();
        Ok(drawn[start..]
            .replacen("<svg", "<svg class=\"qr\" role=\"img\" aria-label=\"QR code for the authenticator app\"", 1)
            .into())
    }

    /// The same as text, for apps without a camera.
    pub(super) fn text(&self) -> Result<SecretString, Problem> {
        self.secret.text().map_err(Problem::internal)
    }
}

fn owner(signed_in: &SignedIn) -> String {
    format!("{} {}", signed_in.operator.id, signed_in.session.id)
}

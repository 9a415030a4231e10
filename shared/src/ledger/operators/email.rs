//! The address that an operator signs in with.

use std::str::FromStr;

/// The most bytes (RFC 5321, section 4.5.3.1).
const LONGEST: usize = 254;

/// An e-mail address in lower case: whoever types it in capitals is the same person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no e-mail address such as ann@example.com")]
pub struct NotAnEmail;

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = NotAnEmail;

    /// Takes what has the form of an address. Whether mail arrives there does not matter: it is a name to sign in with.
    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let plain = |part: &str| {
            !part.is_empty()
                && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@<>,;:\"()[]\\".contains(c))
        };
        let fits = plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.');
        if fits && text.len() <= LONGEST { Ok(Self(text)) } else { Err(NotAnEmail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_the_same_in_capitals() {
        let email: Email = " Ann.Lee+ops@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "ann.lee+ops@example.com");
        assert_eq!("ann@localhost".parse::<Email>().unwrap().as_str(), "ann@localhost");
        assert_eq!("jürgen@exämple.de".parse::<Email>().unwrap().as_str(), "jürgen@exämple.de");
    }

    #[test]
    fn other_texts_are_none() {
        for text in
            ["", "ann", "@", "ann@", "@example.com", "a b@example.com", "a@b@c", "a@.b", "a@b.", "<a@b>", "a@b,c@d"]
        {
            assert_eq!(text.parse::<Email>(), Err(NotAnEmail), "{text:?}");
        }
        assert!(format!("{}@example.com", "a".repeat(250)).parse::<Email>().is_err());
    }

    proptest! {
        #[test]
        fn what_was_taken_is_taken_again(text in "[ -~]{0,20}@[ -~]{0,20}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email.clone()));
            }
        }
    }
}

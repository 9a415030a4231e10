//! What every page of the console has around it: the navigation, who is signed in, and what was just done.

use super::{Section, notice, up};
use crate::{Context, form};
use actix_web::{HttpMessage, HttpRequest};
use shared::ledger::{
    keys::KeyScope,
    operators::{Operator, SignedIn},
};

/// The frame of a page; its template extends `console/base.html` and calls it `shell`.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    /// The product's name.
    pub(crate) product: String,
    /// The way up to where the installation is; every address on the page begins with it.
    pub(crate) up: String,
    /// Which part it belongs to.
    pub(crate) section: Section,
    /// The hidden field `csrf` of every form on the page.
    pub(crate) csrf: String,
    /// What was just done.
    pub(crate) notice: Option<&'static str>,
    operator: Option<Operator>,
}

impl Shell {
    /// The frame of the page that `request` asks for; its handler has let the caller in.
    pub(crate) fn of(context: &Context, request: &HttpRequest, section: Section) -> Self {
        Self {
            product: context.config.product.clone(),
            up: up(request),
            section,
            csrf: form::token(&context.signer, request),
            notice: notice::of_query(request.query_string()),
            operator: request.extensions().get::<SignedIn>().map(|signed_in| signed_in.operator.clone()),
        }
    }

    /// Who is signed in.
    pub(crate) fn name(&self) -> &str {
        self.operator.as_ref().map_or("", |operator| &operator.name)
    }

    /// The role of who is signed in.
    pub(crate) fn role(&self) -> &'static str {
        self.operator.as_ref().map_or("", |operator| operator.role.as_str())
    }

    /// Whether the page is about the own account.
    pub(crate) fn is_account(&self) -> bool {
        self.section == Section::Account
    }

    /// Whether somebody is signed in.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.operator.is_some()
    }

    /// Whether the account is to be given a second factor.
    pub(crate) fn lacks_second_factor(&self) -> bool {
        self.section != Section::Account
            && self.operator.as_ref().is_some_and(|operator| operator.second_factor_since.is_none())
    }

    /// Whether the role of who is signed in gives this, so that a page offers only what can be done.
    pub(crate) fn may(&self, needed: KeyScope) -> bool {
        self.operator.as_ref().is_some_and(|operator| operator.may(needed))
    }

    /// The parts that are of use to who is signed in.
    pub(crate) fn sections(&self) -> impl Iterator<Item = Section> {
        Section::LISTED.into_iter().filter(|section| self.may(section.needs()))
    }
}

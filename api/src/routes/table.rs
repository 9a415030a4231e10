//! What a table of routes is made of. There are two ways into it: a handler whose first argument is its authorisation, or the
//! name `public` with a reason. A handler that is neither does not compile.

use crate::auth::{Authorized, Permission, Portal};
use actix_web::{
    FromRequest, Handler, Responder,
    http::Method,
    web::{self, ServiceConfig},
};
use shared::ledger::keys::KeyScope;

/// One route as it is told of.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The address as a pattern, with `{name}` for what varies.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
}

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A key whose scopes include `scope`, and those of the product's own people that `portal` says.
    Guarded {
        /// What a key needs.
        scope: KeyScope,
        /// Who of the product's own people may.
        portal: Portal,
    },
    /// An operator who is signed in at the console, with a role that gives `scope`; no key and no token.
    Page {
        /// What the role must give.
        scope: KeyScope,
    },
    /// Everybody, for this reason.
    Public(&'static str),
}

/// A route with what answers it.
pub(super) struct Entry {
    pub(super) route: Route,
    service: Box<dyn Fn() -> actix_web::Route>,
}

impl Entry {
    fn new<H, Arguments>(route: Route, handler: H) -> Self
    where
        H: Handler<Arguments>,
        H::Output: Responder + 'static,
        Arguments: FromRequest + 'static,
    {
        let method = route.method.clone();
        Self { route, service: Box::new(move || web::method(method.clone()).to(handler.clone())) }
    }
}

/// The arguments of a handler, the first of which is its authorisation.
pub(super) trait Guarded {
    type Needs: Permission;
}

macro_rules! guarded_arguments {
    ($($argument:ident)*) => {
        impl<P: Permission, $($argument),*> Guarded for (Authorized<P>, $($argument,)*) {
            type Needs = P;
        }
    };
}

guarded_arguments!();
guarded_arguments!(A);
guarded_arguments!(A B);
guarded_arguments!(A B C);
guarded_arguments!(A B C D);
guarded_arguments!(A B C D E);
guarded_arguments!(A B C D E F);
guarded_arguments!(A B C D E F G);

/// A route for callers with the permission that the handler's first argument names.
pub(super) fn guarded<H, Arguments>(method: Method, path: &'static str, handler: H) -> Entry
where
    H: Handler<Arguments>,
    H::Output: Responder + 'static,
    Arguments: FromRequest + Guarded + 'static,
{
    let access = Access::Guarded {
        scope: <Arguments::Needs as Permission>::SCOPE,
        portal: <Arguments::Needs as Permission>::PORTAL,
    };
    Entry::new(Route { method, path, access }, handler)
}

/// A page of the console, or what a form on one is sent to: for operators whose role has the permission that the handler's first argument names.
pub(super) fn page<H, Arguments>(method: Method, path: &'static str, handler: H) -> Entry
where
    H: Handler<Arguments>,
    H::Output: Responder + 'static,
    Arguments: FromRequest + Guarded + 'static,
{
    let access = Access::Page { scope: <Arguments::Needs as Permission>::SCOPE };
    Entry::new(Route { method, path, access }, handler)
}

/// A route for everybody, with the reason.
pub(super) fn public<H, Arguments>(reason: &'static str, method: Method, path: &'static str, handler: H) -> Entry
where
    H: Handler<Arguments>,
    H::Output: Responder + 'static,
    Arguments: FromRequest + 'static,
{
    Entry::new(Route { method, path, access: Access::Public(reason) }, handler)
}

/// Adds the routes: one resource for each address, so that another method is answered with what the address takes.
pub(super) fn serve(services: &mut ServiceConfig, entries: &[Entry]) {
    for of_address in entries.chunk_by(|one, next| one.route.path == next.route.path) {
        let Some(first) = of_address.first() else { continue };
        let resource = web::resource(first.route.path);
        services.service(of_address.iter().fold(resource, |resource, entry| resource.route((entry.service)())));
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Guarded};
    use crate::{Context, routes::routes};
    use actix_web::{HttpRequest, web::Data};
    use std::collections::HashSet;

    /// Compiles only as long as the arguments are no `Guarded`: else there were two ways to read the `_`.
    macro_rules! is_not_guarded {
        ($($arguments:ty),+) => {$({
            trait Ambiguous<A> {
                fn is_not_guarded() {}
            }
            struct Both;
            impl<T> Ambiguous<()> for T {}
            impl<T: Guarded> Ambiguous<Both> for T {}
            <$arguments as Ambiguous<_>>::is_not_guarded();
        })+};
    }

    #[test]
    fn a_handler_without_an_authorisation_is_no_guarded_route() {
        is_not_guarded!((), (HttpRequest,), (Data<Context>, HttpRequest));
    }

    #[test]
    fn pages_of_the_console_are_for_operators_and_nothing_else_is() {
        for route in routes() {
            let is_console = crate::console::is_page(route.path);
            let is_for_operators = matches!(route.access, Access::Page { .. });
            let signs_in = route.path.starts_with("/console/sign-in");
            assert_eq!(is_console && !signs_in, is_for_operators, "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn the_routes_of_an_address_stand_together_and_none_is_there_twice() {
        let routes = routes();
        let addresses: Vec<_> = routes.chunk_by(|one, next| one.path == next.path).map(|group| group[0].path).collect();
        assert_eq!(
            addresses.iter().collect::<HashSet<_>>().len(),
            addresses.len(),
            "the second group would never be reached"
        );
        let pairs: HashSet<_> = routes.iter().map(|route| (&route.method, route.path)).collect();
        assert_eq!(pairs.len(), routes.len());
    }
}

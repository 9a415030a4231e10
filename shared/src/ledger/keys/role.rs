//! Named sets of scopes, for people who operate.

use super::KeyScope;
use crate::export::words;

words! {
    /// What somebody is who operates: a named set of scopes, which grows with what there is to do.
    Role {
        /// Looks at exports, schedules and recipients.
        Viewer = "viewer",
        /// Makes exports and schedules, sends messages to webhooks again, and reads the audit.
        Operator = "operator",
        /// Does everything.
        Admin = "admin",
    }
}

impl Role {
    /// What the role gives.
    pub const fn scopes(self) -> &'static [KeyScope] {
        use KeyScope::{
            Admin, AuditRead, ExportsRead, ExportsWrite, RecipientsRead, SchedulesRead, SchedulesWrite, WebhooksRead,
            WebhooksReplay,
        };
        match self {
            Self::Viewer => &[ExportsRead, SchedulesRead, RecipientsRead],
            Self::Operator => &[ExportsWrite, SchedulesWrite, RecipientsRead, AuditRead, WebhooksRead, WebhooksReplay],
            Self::Admin => &[Admin],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(role: Role, needed: KeyScope) -> bool {
        role.scopes().iter().any(|scope| scope.includes(needed))
    }

    #[test]
    fn each_role_gives_all_that_the_one_before_gives_and_more() {
        for pair in Role::ALL.windows(2) {
            let of = |role: Role| KeyScope::ALL.iter().filter(|scope| gives(role, **scope)).collect::<Vec<_>>();
            let (less, more) = (of(pair[0]), of(pair[1]));
            assert!(less.iter().all(|scope| more.contains(scope)) && less.len() < more.len(), "{pair:?}");
        }
    }

    #[test]
    fn only_an_admin_decides_who_may_read() {
        for scope in [
            KeyScope::RecipientsWrite,
            KeyScope::WebhooksWrite,
            KeyScope::KeysRead,
            KeyScope::KeysWrite,
            KeyScope::Admin,
        ] {
            assert_eq!(
                [Role::Viewer, Role::Operator, Role::Admin].map(|role| gives(role, scope)),
                [false, false, true],
                "{scope}"
            );
        }
        assert!(!KeyScope::ALL.iter().any(|scope| scope.as_str().ends_with(":write") && gives(Role::Viewer, *scope)));
    }
}

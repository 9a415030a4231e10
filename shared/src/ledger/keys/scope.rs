//! What a key may do.

use crate::export::words;

words! {
    /// What a key may do.
    KeyScope {
        /// Read exports and their progress.
        ExportsRead = "exports:read",
        /// Ask for exports, cancel them, hold and delete archives, make and revoke links.
        ExportsWrite = "exports:write",
        /// Read schedules and their runs.
        SchedulesRead = "schedules:read",
        /// Make, change, pause, run and delete schedules.
        SchedulesWrite = "schedules:write",
        /// Read whom archives are encrypted to.
        RecipientsRead = "recipients:read",
        /// Decide whom archives are encrypted to.
        RecipientsWrite = "recipients:write",
        /// Read and export the audit.
        AuditRead = "audit:read",
        /// Look at webhooks and what was sent to them.
        WebhooksRead = "webhooks:read",
        /// Send messages to webhooks again, and try webhooks.
        WebhooksReplay = "webhooks:replay",
        /// Decide who is told of exports.
        WebhooksWrite = "webhooks:write",
        /// List keys, without their secrets.
        KeysRead = "keys:read",
        /// Make keys that may no more than the key itself, and revoke keys.
        KeysWrite = "keys:write",
        /// Everything.
        Admin = "admin",
    }
}

impl KeyScope {
    /// Whether this scope gives what is needed: `admin` gives everything, writing includes reading (and replaying) of the same, and nothing else is included in
    /// anything.
    pub const fn includes(self, needed: Self) -> bool {
        match self {
            Self::Admin => true,
            Self::ExportsWrite => matches!(needed, Self::ExportsRead | Self::ExportsWrite),
            Self::SchedulesWrite => matches!(needed, Self::SchedulesRead | Self::SchedulesWrite),
            Self::RecipientsWrite => matches!(needed, Self::RecipientsRead | Self::RecipientsWrite),
            Self::WebhooksWrite => matches!(needed, Self::WebhooksRead | Self::WebhooksReplay | Self::WebhooksWrite),
            Self::KeysWrite => matches!(needed, Self::KeysRead | Self::KeysWrite),
            Self::ExportsRead => matches!(needed, Self::ExportsRead),
            Self::SchedulesRead => matches!(needed, Self::SchedulesRead),
            Self::RecipientsRead => matches!(needed, Self::RecipientsRead),
            Self::AuditRead => matches!(needed, Self::AuditRead),
            Self::WebhooksRead => matches!(needed, Self::WebhooksRead),
            Self::WebhooksReplay => matches!(needed, Self::WebhooksReplay),
            Self::KeysRead => matches!(needed, Self::KeysRead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading_of_the_same_and_nothing_else() {
        for scope in KeyScope::ALL {
            for needed in KeyScope::ALL {
                let reading = scope.as_str().strip_suffix(":write").map(|noun| format!("{noun}:read"));
                let replaying = (*scope, *needed) == (KeyScope::WebhooksWrite, KeyScope::WebhooksReplay);
                let expected = *scope == KeyScope::Admin
                    || scope == needed
                    || reading.as_deref() == Some(needed.as_str())
                    || replaying;
                assert_eq!(scope.includes(*needed), expected, "{scope} for {needed}");
            }
        }
    }
}

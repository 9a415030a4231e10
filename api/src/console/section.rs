//! The parts of the console, as the navigation lists them.

use shared::ledger::keys::KeyScope;

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// The whole installation at a glance.
    Overview,
    /// Every export.
    Exports,
    /// What is exported again and again.
    Schedules,
    /// What is exported from.
    Sources,
    /// API keys.
    Keys,
    /// Who did what.
    Audit,
    /// Who may sign in here.
    Operators,
    /// The own account, which the navigation shows elsewhere.
    Account,
    /// What is no part: refusals.
    Elsewhere,
}

impl Section {
    /// Those in the navigation, in its order.
    pub(crate) const LISTED: [Self; 7] =
        [Self::Overview, Self::Exports, Self::Schedules, Self::Sources, Self::Keys, Self::Audit, Self::Operators];

    /// What it is called.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Exports => "Exports",
            Self::Schedules => "Schedules",
            Self::Sources => "Sources",
            Self::Keys => "Keys",
            Self::Audit => "Audit",
            Self::Operators => "Operators",
            Self::Account => "Your account",
            Self::Elsewhere => "Console",
        }
    }

    /// Its address, from where the installation is.
    pub(crate) const fn address(self) -> &'static str {
        match self {
            Self::Overview | Self::Elsewhere => "console",
            Self::Exports => "console/exports",
            Self::Schedules => "console/schedules",
            Self::Sources => "console/sources",
            Self::Keys => "console/keys",
            Self::Audit => "console/audit",
            Self::Operators => "console/operators",
            Self::Account => "console/account",
        }
    }

    /// What a role must give for it to be of any use.
    pub(crate) const fn needs(self) -> KeyScope {
        match self {
            Self::Overview | Self::Exports | Self::Sources | Self::Account | Self::Elsewhere => KeyScope::ExportsRead,
            Self::Schedules => KeyScope::SchedulesRead,
            Self::Keys => KeyScope::KeysRead,
            Self::Audit => KeyScope::AuditRead,
            Self::Operators => KeyScope::Admin,
        }
    }
}

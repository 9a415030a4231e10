//! What a route asks of its caller.

use shared::ledger::keys::KeyScope;

/// What a route asks of its caller; the type that names it stands in the handler's arguments.
pub(crate) trait Permission: 'static {
    /// The scope that gives it to a key, besides those that include it.
    const SCOPE: KeyScope;
    /// Who of the product's own people has it.
    const PORTAL: Portal;
}

/// Who of the product's own people may do something, as its back end signed for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portal {
    /// Nobody: it is for operators.
    Nobody,
    /// Those who answer for a tenant.
    Admins,
    /// Also its members, for their own person's data.
    Members,
}

macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident = $scope:ident, $portal:ident;)+) => {$(
        $(#[$meta])*
        pub(crate) struct $name;

        impl Permission for $name {
            const SCOPE: KeyScope = KeyScope::$scope;
            const PORTAL: Portal = Portal::$portal;
        }
    )+};
}

permissions! {
    /// Reading exports and their progress.
    ExportsRead = ExportsRead, Members;
    /// Asking for exports, cancelling them, making and revoking links.
    ExportsWrite = ExportsWrite, Members;
    /// Deleting an archive before its time.
    ArchivesDelete = ExportsWrite, Admins;
    /// Trying a failed export again, holding an archive and releasing it.
    ExportsOperate = ExportsWrite, Nobody;
    /// Reading schedules and their runs.
    SchedulesRead = SchedulesRead, Nobody;
    /// Making, changing, running and deleting schedules.
    SchedulesWrite = SchedulesWrite, Nobody;
    /// Looking at sources.
    SourcesRead = ExportsRead, Nobody;
    /// Asking for a comparison of a source's catalog with its schema.
    SourcesCheck = ExportsWrite, Nobody;
    /// Reading and exporting the audit.
    AuditRead = AuditRead, Nobody;
    /// Looking at whom archives are encrypted to.
    RecipientsRead = RecipientsRead, Members;
    /// Adding and removing those whom archives are encrypted to.
    RecipientsWrite = RecipientsWrite, Members;
    /// Looking at webhooks and what was sent to them.
    WebhooksRead = WebhooksRead, Nobody;
    /// Sending messages again, and trying a webhook.
    WebhooksReplay = WebhooksReplay, Nobody;
    /// Deciding who is told of exports.
    WebhooksWrite = WebhooksWrite, Nobody;
    /// Listing keys.
    KeysRead = KeysRead, Nobody;
    /// Making keys and revoking them.
    KeysWrite = KeysWrite, Nobody;
    /// Making accounts of operators and changing them.
    OperatorsManage = Admin, Nobody;
    /// Being at the console at all, which every role may.
    ConsoleUse = ExportsRead, Nobody;
}
